"""What the live node publishes of a drive is what a replay of it writes, pixel by pixel.

Frames wait here for as long as a better partner may come, so that both choose the same pairs
however late a message arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.stage import LOSSLESS, STATUS, Stage, heard_all, kept_all, open_stage, stamp_ns
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, Image

from nitedr_ros.bags.reader import BagReader
from nitedr_ros.config.load import validated
from nitedr_ros.engines.registry import open_engine
from nitedr_ros.replay.replay import ReplayJob, replay
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.config import DriveConfig

CONFIG = {
    **LOSSLESS,
    'engine.name': 'onnxruntime',
    'engine.precision': 'fp32',
}
DRIVE = DriveConfig(
    seconds=2.5, width=160, height=120, thermal_width=80, thermal_height=64, truth=False
)
IMAGES = ('/visible/image_raw', '/thermal/image_raw')
CALIBRATION = {
    '/visible/camera_info': 'visible_info',
    '/thermal/camera_info': 'thermal_info',
    '/tf_static': 'tf',
}
TYPES = {
    '/nitedr/fused/image': Image,
    '/nitedr/fused/camera_info': CameraInfo,
    '/nitedr/derained/image': Image,
    '/nitedr/derained/camera_info': CameraInfo,
    '/nitedr/thermal_registered/image': Image,
    '/nitedr/thermal_registered/radiometric': Image,
    '/nitedr/thermal_registered/mask': Image,
    '/nitedr/thermal_registered/camera_info': CameraInfo,
    STATUS: DiagnosticArray,
}
SAME = ('mode', 'reason', 'skew_ms', 'thermal_reused', 'thermal_frozen', 'stages')


@dataclass(frozen=True)
class Drive:
    """Messages of the outputs by topic and stamp, live and replayed; and the bag's own stamps."""

    live: dict[str, dict[int, Any]]
    replayed: dict[str, dict[int, Any]]
    visible: list[int]
    thermal: list[int]

    @property
    def certain(self) -> list[int]:
        """Stamps of the visible frames that a thermal frame follows: those need no end."""
        return [stamp for stamp in self.visible if stamp <= self.thermal[-1]]


def by_stamp(messages: list[Any]) -> dict[int, Any]:
    found = {stamp_ns(message): message for message in messages}
    assert len(found) == len(messages)
    return found


def read(bag: Path, topics: dict[str, Any]) -> dict[str, list[Any]]:
    messages: dict[str, list[Any]] = {topic: [] for topic in topics}
    with BagReader(bag) as reader:
        for message in reader.messages(topics):
            decoded = deserialize_message(bytes(message.cdr()), topics[message.topic])
            messages[message.topic].append(decoded)
    return messages


def play(stage: Stage, bag: Path, frames: int) -> dict[str, list[Any]]:
    """Let the node see the drive; return all it sends until it has sent so many frames."""
    recorder = stage.recorder
    for topic, kind in TYPES.items():
        recorder.listen(topic, kind)
    stage.start_node({**CONFIG, **heard_all(*IMAGES), **kept_all(*TYPES)})
    for topic in TYPES:
        recorder.wait_for_publishers(topic)
    topics = plan.camera_topics()
    for camera in ('visible', 'thermal'):
        topics[camera]['depth'] = 1000
    topics['tf'] = plan.topic('/tf_static', plan.TF, latched=True)
    cameras = stage.start_cameras(topics)
    # A replay knows them before the first image.
    cameras.play(plan.bag(str(bag), CALIBRATION))
    stage.wait_for_part('pipeline', lambda part: part.values['registration'] == 'extrinsics')
    images = {topic: topic.split('/')[1] for topic in IMAGES}
    cameras.play(plan.bag(str(bag), images, speed=1.0))
    for topic in TYPES:
        recorder.wait_for_messages(topic, frames)
    return {topic: recorder.heard(topic) for topic in TYPES}


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    folder = tmp_path_factory.mktemp('drive')
    bag, out = folder / 'drive', folder / 'out'
    write_drive(DRIVE, bag)
    config = validated(CONFIG, 'test')
    replay(ReplayJob(bag, out), config, open_engine(config).engine, [])
    replayed = {topic: by_stamp(heard) for topic, heard in read(out, TYPES).items()}
    inputs = read(bag, dict.fromkeys(IMAGES, Image))
    visible, thermal = ([stamp_ns(message) for message in inputs[topic]] for topic in IMAGES)
    certain = sum(stamp <= thermal[-1] for stamp in visible)
    with open_stage(folder) as stage:
        heard = play(stage, bag, certain)
        live = {topic: by_stamp(messages) for topic, messages in heard.items()}
        yield Drive(live, replayed, visible, thermal)


def values(message: DiagnosticArray) -> dict[str, str]:
    return {pair.key: pair.value for pair in message.status[0].values}


def test_every_frame_comes_with_the_same_pair_and_mode(drive: Drive) -> None:
    live, replayed = drive.live[STATUS], drive.replayed[STATUS]

    assert len(drive.visible) == len(replayed) == 75
    assert len(drive.certain) >= 70
    assert live.keys() >= set(drive.certain)
    for stamp, message in live.items():
        one, other = values(message), values(replayed[stamp])
        assert [one[key] for key in SAME] == [other[key] for key in SAME]
        assert message.status[0].level == replayed[stamp].status[0].level
    modes = [values(message)['mode'] for message in live.values()]
    assert modes.count('full') >= 70


@pytest.mark.parametrize('topic', [topic for topic, kind in TYPES.items() if kind is Image])
def test_images_are_equal_pixel_by_pixel(drive: Drive, topic: str) -> None:
    live, replayed = drive.live[topic], drive.replayed[topic]
    assert live.keys() >= set(drive.certain)
    for stamp, message in live.items():
        other = replayed[stamp]
        for field in ('header', 'height', 'width', 'encoding', 'is_bigendian', 'step'):
            assert getattr(message, field) == getattr(other, field)
        assert bytes(message.data) == bytes(other.data), f'other pixels at {stamp}'


@pytest.mark.parametrize('topic', [topic for topic, kind in TYPES.items() if kind is CameraInfo])
def test_camera_infos_are_equal(drive: Drive, topic: str) -> None:
    live, replayed = drive.live[topic], drive.replayed[topic]
    assert live.keys() >= set(drive.certain)
    for stamp, message in live.items():
        assert message == replayed[stamp]
        assert np.count_nonzero(message.k) >= 5
