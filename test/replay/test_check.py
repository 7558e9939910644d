from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.config.load import load_config
from nitedr_ros.errors import InputError, OutputError
from nitedr_ros.replay.check import CheckJob, check
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.drive import DriveConfig


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a dry drive of two cameras that see different views."""
    path = tmp_path_factory.mktemp('check') / 'drive'
    write_drive(DriveConfig(seconds=1.0, visible_hz=10, rain=0.0, truth=False), path)
    return path


def test_a_drive_shows_its_registration(drive: Path, tmp_path: Path) -> None:
    found = check(CheckJob(drive, tmp_path / 'out', pictures=3), load_config(None))
    assert found['registration'] == 'extrinsics'
    assert found['output']['width'] == 640
    assert found['output']['k'] is not None
    assert 0.8 < found['thermal_covers'] <= 1.0
    near, plane, far = found['parallax_px']
    assert [near['distance_m'], plane['distance_m'], far['distance_m']] == [5.0, 20.0, 50.0]
    assert plane['max_px'] < 0.01 < far['centre_px'] < near['centre_px']
    assert found['warnings'] == []
    assert [Path(name).name for name in found['pictures']] == [
        f'overlay_{number:02}.png' for number in range(3)
    ]
    for name in found['pictures']:
        assert cv2.imread(name).shape == (480, 1280, 3)


def test_other_distances_and_planes(drive: Path, tmp_path: Path) -> None:
    config = load_config(None, {'geometry.plane_distance_m': 5.0})
    found = check(CheckJob(drive, tmp_path, pictures=1, distances_m=(5.0,)), config)
    (row,) = found['parallax_px']
    assert row['max_px'] < 0.01


def test_a_registration_without_a_pose_knows_no_parallax(drive: Path, tmp_path: Path) -> None:
    config = load_config(None, {'geometry.registration': 'aligned'})
    found = check(CheckJob(drive, tmp_path, pictures=1), config)
    assert (found['registration'], found['parallax_px']) == ('aligned', [])


def test_what_can_not_be_registered_is_said(drive: Path, tmp_path: Path) -> None:
    config = load_config(
        None, {'geometry.registration': 'homography', 'geometry.homography': (0.0,) * 9}
    )
    with pytest.raises(InputError, match='homography') as caught:
        check(CheckJob(drive, tmp_path), config)
    assert '\n' not in str(caught.value)


def test_a_bag_of_one_camera_is_refused(tmp_path: Path) -> None:
    with BagWriter(tmp_path / 'bag') as writer:
        image = image_message(1, 'a', 'rgb8', np.zeros((32, 32, 3), np.uint8))
        writer.write('/visible/image_raw', image, 1)
    with pytest.raises(InputError, match='no thermal camera was found'):
        check(CheckJob(tmp_path / 'bag', tmp_path / 'out'), load_config(None))


def test_pictures_that_can_not_be_written(drive: Path, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(OutputError, match='expected to write'):
        check(CheckJob(drive, tmp_path / 'file'), load_config(None))
