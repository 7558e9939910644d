from __future__ import annotations

import re

import numpy as np
import pytest

from nitedr_ros.align.bag_pair import pair_from_bag
from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.config.schema import Config, PairingConfig, ThermalConfig
from nitedr_ros.errors import InputError


def skew_ms(images: ImagePair) -> float:
    return float(re.findall(r'skew (-?[\d.]+) ms', images.source)[0])


def test_both_images_come_rectified_at_full_size(make_drive, scene) -> None:
    images = pair_from_bag(make_drive(), Config())
    assert (images.visible_size, images.thermal_size) == ((320, 240), (160, 128))
    assert images.rectified == ('visible', 'thermal')
    assert images.notes == ()
    for spot, warm in zip(scene.spots, scene.forth, strict=True):
        assert np.linalg.norm(scene.centre_near(images.visible[..., 0], spot) - spot) < 0.25
        assert np.linalg.norm(scene.centre_near(images.thermal, warm, 6) - warm) < 0.25
    # rgb, of orange spots
    assert images.visible[..., 0].max() > 2 * images.visible[..., 2].max()
    # thermal at full contrast
    assert images.thermal.max() == 255


def test_unrectified_they_come_as_sent(make_drive, scene) -> None:
    images = pair_from_bag(make_drive(), Config(), rectify=False)
    assert not images.rectified
    assert np.array_equal(images.visible, scene.visible_raw()[..., ::-1])


def test_the_pair_nearest_to_each_other_near_the_moment(make_drive) -> None:
    drive = make_drive()
    # Visible every 100 ms, thermal at 40 + n * 130 ms: 300 ms, 1600 ms and the like coincide.
    for at, expected in ((0.3, 0.0), (1.6, 0.0)):
        images = pair_from_bag(drive, Config(), at)
        assert f'at {at:.2f} s' in images.source
        assert skew_ms(images) == expected
    # By then the nearest pair in reach is 10 ms apart.
    assert abs(skew_ms(pair_from_bag(drive, Config(), 0.9))) <= 10


def test_offsets_of_the_stamps_count(make_drive) -> None:
    config = Config(pairing=PairingConfig(thermal_offset_ms=-20.0))
    # Thermal frames at 40 + n * 130 ms are 20 ms older than stamped: 820 ms is at 800 ms.
    assert skew_ms(pair_from_bag(make_drive(), config, 0.8)) == 0.0


def test_clocks_that_do_not_agree_are_left_aside(make_drive) -> None:
    images = pair_from_bag(make_drive(thermal_clock_ns=-1_600_000_000_000_000_000), Config(), 0.3)
    assert skew_ms(images) == 0.0
    assert [note for note in images.notes if "stamps don't agree" in note]


@pytest.mark.parametrize('calibrated', [('visible',), ()])
def test_cameras_without_calibration_are_left_as_they_are(
    make_drive, scene, calibrated: tuple[str, ...]
) -> None:
    images = pair_from_bag(make_drive(calibrated=calibrated), Config())
    assert images.rectified == calibrated
    assert [note for note in images.notes if 'thermal camera is not calibrated' in note]
    place = scene.raw(scene.forth, scene.thermal_info)[0]
    assert np.linalg.norm(scene.centre_near(images.thermal, place, 6) - place) < 0.25


def test_telemetry_rows_are_cut_off_before_points_are_counted(make_drive, scene) -> None:
    config = Config(thermal=ThermalConfig(crop_top=3))
    images = pair_from_bag(make_drive(telemetry_rows=3), config)
    assert images.thermal_size == (160, 128)
    for warm in scene.forth:
        assert np.linalg.norm(scene.centre_near(images.thermal, warm, 6) - warm) < 0.25


def test_what_can_not_be_had_is_said(make_drive) -> None:
    drive = make_drive()
    with pytest.raises(InputError, match=r'--at from 0 to 2\.0 s, got 7'):
        pair_from_bag(drive, Config(), 7.0)
    with pytest.raises(InputError, match='/no/such'):
        pair_from_bag(drive, Config(), thermal='/no/such')


def test_images_that_can_not_be_decoded_are_refused_with_the_reason(make_drive) -> None:
    drive = make_drive(thermal_encoding='64FC1')
    with pytest.raises(InputError, match=r'a thermal image.*64FC1.*--at'):
        pair_from_bag(drive, Config())


def test_one_camera_alone_is_refused(make_drive) -> None:
    with pytest.raises(InputError, match='--thermal'):
        pair_from_bag(make_drive(cameras=('visible',)), Config())
