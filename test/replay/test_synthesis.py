from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rosbags.interfaces import QosDurability

from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import find_topics
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.replay.synthesis import Written, write_drive
from nitedr_ros.synth.drive import Drive, DriveConfig

CONFIG = DriveConfig(
    seconds=1.0,
    visible_hz=10.0,
    thermal_hz=5.0,
    width=160,
    height=120,
    thermal_width=96,
    thermal_height=80,
    offset_ms=25.0,
    drop=0.2,
    start_ns=1_700_000_000_000_000_000,
)
TRUTH = {'/truth/visible/image', '/truth/thermal/image', '/truth/depth/image'}
CAMERAS = {
    '/visible/image_raw',
    '/visible/camera_info',
    '/thermal/image_raw',
    '/thermal/camera_info',
}


def stamp_ns(time: Any) -> int:
    return time.sec * 1_000_000_000 + time.nanosec


def pixels(message: Any) -> np.ndarray:
    dtype = {'bgr8': 'u1', 'mono16': '<u2', '32FC1': '<f4'}[message.encoding]
    return message.data.view(dtype).reshape(message.height, message.width, -1).squeeze()


@pytest.fixture(scope='module')
def bag(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written, list[tuple[int, int]]]:
    path = tmp_path_factory.mktemp('synthesis') / 'drive'
    progress: list[tuple[int, int]] = []
    written = write_drive(CONFIG, path, on_progress=lambda *args: progress.append(args))
    return path, written, progress


@pytest.fixture(scope='module')
def messages(bag: tuple[Path, Written, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with BagReader(bag[0]) as reader:
        for message in reader.messages([topic.name for topic in reader.topics]):
            found.setdefault(message.topic, []).append(message.decode())
        assert reader.losses == []
    return found


def test_topics_and_types(bag: tuple[Path, Written, Any]) -> None:
    path, written, progress = bag
    with BagReader(path) as reader:
        topics = {topic.name: topic for topic in reader.topics}
        (transforms,) = reader.channels(['/tf_static'])
        found = find_topics(reader.topics)
        first = next(iter(reader.messages(topics)))
    infos = {name.replace('image', 'camera_info') for name in TRUTH}
    times = {f'/truth/{sensor}/time_reference' for sensor in ('visible', 'thermal')}
    assert set(topics) == {*CAMERAS, *TRUTH, *infos, *times, '/tf_static'}
    for name in TRUTH | infos:
        assert topics[name].count == written.truths == written.visible
    assert topics['/visible/image_raw'].count == written.visible
    assert topics['/thermal/image_raw'].count == written.thermal
    assert len(progress) == written.visible + written.thermal
    assert topics['/tf_static'].msgtype == 'tf2_msgs/msg/TFMessage'
    assert transforms.qos[0].durability is QosDurability.TRANSIENT_LOCAL
    assert first.topic == '/tf_static'
    assert (found.visible, found.thermal) == ('/visible/image_raw', '/thermal/image_raw')
    assert (found.visible_info, found.thermal_info) == (
        '/visible/camera_info',
        '/thermal/camera_info',
    )


def test_the_bag_holds_the_frames_of_the_drive(messages: dict[str, list[Any]]) -> None:
    drive = Drive(CONFIG)
    left = {topic: iter(items) for topic, items in messages.items()}
    for item in drive.frames():
        image = next(left[f'/{item.sensor}/image_raw'])
        assert np.array_equal(pixels(image), item.frame.data)
        assert image.encoding == item.frame.encoding
        assert image.header.frame_id == f'{item.sensor}_optical_frame'
        assert stamp_ns(image.header.stamp) == item.frame.stamp_ns
        info = next(left[f'/{item.sensor}/camera_info'])
        assert info.header == image.header
        assert CameraInfo.from_message(info) == drive.camera_info[item.sensor]
        if item.truth is None:
            continue
        for name, array in (
            ('visible', item.truth.visible),
            ('thermal', item.truth.thermal),
            ('depth', item.truth.depth),
        ):
            truth = next(left[f'/truth/{name}/image'])
            assert np.array_equal(pixels(truth), array)
            assert truth.header == image.header
            info = next(left[f'/truth/{name}/camera_info'])
            assert info.header == image.header
            assert CameraInfo.from_message(info) == drive.truth_info


def test_time_references_tell_the_clocks_apart(messages: dict[str, list[Any]]) -> None:
    for sensor, offset_ns in (('visible', 0), ('thermal', 25_000_000)):
        references = messages[f'/truth/{sensor}/time_reference']
        stamps = [stamp_ns(item.header.stamp) for item in messages[f'/{sensor}/image_raw']]
        assert [stamp_ns(item.header.stamp) for item in references] == stamps
        for item in references:
            assert stamp_ns(item.header.stamp) - stamp_ns(item.time_ref) == offset_ns
    assert len(messages['/truth/visible/time_reference']) < 10


def test_transforms_are_those_of_the_drive(messages: dict[str, list[Any]]) -> None:
    (message,) = messages['/tf_static']
    for found, stated in zip(message.transforms, Drive(CONFIG).transforms, strict=True):
        assert (found.header.frame_id, found.child_frame_id) == ('base_link', stated.child)
        place, turn = found.transform.translation, found.transform.rotation
        assert (place.x, place.y, place.z) == stated.translation
        assert (turn.x, turn.y, turn.z, turn.w) == stated.rotation


def test_an_aligned_drive_has_neither_transforms_nor_truth(tmp_path: Path) -> None:
    config = DriveConfig(seconds=0.2, width=96, height=64, aligned=True)
    written = write_drive(config, tmp_path / 'drive')
    assert (written.visible, written.thermal, written.truths) == (6, 2, 0)
    with BagReader(tmp_path / 'drive') as reader:
        assert {topic.name for topic in reader.topics} == CAMERAS
