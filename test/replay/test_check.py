from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.reader import BagReader
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


def small_drive(path: Path, **changes: object) -> Path:
    """A dry drive of small images."""
    size = {'width': 320, 'height': 240, 'thermal_width': 160, 'thermal_height': 128}
    config = {'seconds': 0.1, 'rain': 0.0, 'truth': False, **size, **changes}
    write_drive(DriveConfig(**config), path)
    return path


def test_a_tenth_of_a_second_is_enough(tmp_path: Path) -> None:
    found = check(CheckJob(small_drive(tmp_path / 'bag'), tmp_path / 'out'), load_config(None))
    assert len(found['pictures']) == 1


@pytest.mark.parametrize('late', [True, False])
def test_a_thermal_camera_that_is_there_for_a_moment_only(tmp_path: Path, late: bool) -> None:
    whole = small_drive(tmp_path / 'whole', seconds=2.0, visible_hz=10.0)
    with BagReader(whole) as reader, BagWriter(tmp_path / 'bag') as writer:
        limit_ns = reader.start_ns + (1_700_000_000 if late else 300_000_000)
        for message in reader.messages([topic.name for topic in reader.topics]):
            if message.topic == '/thermal/image_raw' and (message.receive_ns < limit_ns) == late:
                continue
            writer.write_raw(message.topic, message.msgtype, message.cdr(), message.receive_ns)
    found = check(CheckJob(tmp_path / 'bag', tmp_path / 'out', pictures=1), load_config(None))
    assert len(found['pictures']) == 1


def test_the_reason_why_there_is_no_pair_is_the_true_one(tmp_path: Path) -> None:
    with BagWriter(tmp_path / 'unstamped') as writer, BagWriter(tmp_path / 'odd') as odd:
        for number in range(5):
            at = 1_700_000_000_000_000_000 + 100_000_000 * number
            rgb = image_message(at, 'v', 'rgb8', np.full((32, 32, 3), number, np.uint8))
            warm = np.full((32, 32), number, np.uint8)
            for bag in (writer, odd):
                bag.write('/visible/image_raw', rgb, at)
            writer.write('/thermal/image_raw', image_message(0, 't', 'mono8', warm), at + 1)
            unknown = image_message(at, 't', '64FC1', warm.astype(np.float64))
            odd.write('/thermal/image_raw', unknown, at + 1)
    for name, said in (('unstamped', 'thermal unstamped 5'), ('odd', '5 of 5 thermal.*64FC1')):
        with pytest.raises(InputError, match=said):
            check(CheckJob(tmp_path / name, tmp_path / 'out'), load_config(None))


def test_what_can_not_be_told_is_none(tmp_path: Path) -> None:
    bag = small_drive(tmp_path / 'bag')
    found = check(CheckJob(bag, tmp_path / 'out', distances_m=(math.inf,)), load_config(None))
    (row,) = found['parallax_px']
    assert row['distance_m'] is None
    assert row['max_px'] > 0.0
    assert json.loads(json.dumps(found, allow_nan=False)) == found
