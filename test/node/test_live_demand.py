"""What nobody subscribes to is not made; whoever comes gets it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.gates import Gates
from players.node_process import NodeProcess
from players.stage import (
    LOSSLESS,
    SIZE,
    STATUS,
    Report,
    Stage,
    heard_all,
    open_stage,
    pair,
    picture,
    stamp_ns,
)
from sensor_msgs.msg import CompressedImage, Image

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
THERMAL = '/nitedr/thermal_registered/image'
FUSED = '/nitedr/fused/image'
SIDE_BY_SIDE = '/nitedr/side_by_side/image'


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        yield stage


@pytest.fixture(scope='module')
def node(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    inputs = heard_all('/visible/image_raw', '/thermal/image_raw')
    parameters = {**LOSSLESS, 'modes.recover_after': 1, 'node.jpeg_quality': 100, **inputs}
    with Gates(tmp_path_factory.mktemp('gates')) as gates:
        gates.let_open()
        gates.let_infer()
        yield stage.start_node(parameters, command=gates.command)


class Drive:
    """Shows pairs, and knows what was shown at a stamp."""

    def __init__(self, stage: Stage, cameras: CameraPlayer) -> None:
        self._stage, self._cameras = stage, cameras
        self._numbers = itertools.count()
        self.shown = 0

    def show(self) -> None:
        number = next(self._numbers)
        self._cameras.play(*pair(START_NS + number * 33 * MS, number))
        self.shown = number + 1

    def show_until(self, predicate: Callable[[], object]) -> None:
        for _ in range(500):
            if predicate():
                return
            self.show()
            self._stage.recorder.wait_for_news(0.05)
        raise AssertionError('expected it to come in the end')

    def show_until_heard(self, topic: str, count: int = 1) -> list:
        self.show_until(lambda: len(self._stage.recorder.heard(topic)) >= count)
        return self._stage.recorder.heard(topic)


def decoded(message: CompressedImage) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_UNCHANGED)


def count(part: Report, key: str) -> int:
    return int(part.values.get(key, '0'))


def test_subscribers_come_one_by_one(stage: Stage, node: NodeProcess) -> None:
    # One test: nobody can be made to leave again.
    drive = Drive(stage, stage.start_cameras(plan.camera_topics()))
    for _ in range(5):
        drive.show()
    part = stage.wait_for_part(
        'pipeline', lambda part: count(part, 'drops/visible/unwanted') == drive.shown
    )
    assert count(part, 'outputs') == 0
    assert count(part, 'pairs') == 0

    # Only what is registered: the engine has nothing to do.
    stage.recorder.listen(THERMAL, Image)
    (first, *_) = drive.show_until_heard(THERMAL, 3)
    assert (first.encoding, first.width, first.height) == ('mono8', *SIZE)
    part = stage.wait_for_part('pipeline', lambda part: count(part, 'outputs') >= 3)
    assert 'latency/infer_p50_ms' not in part.values
    assert not [line for line in node.lines if line.startswith('infer')]

    # Compressed images only, so the raw ones of the same name go nowhere.
    stage.recorder.listen(f'{FUSED}/compressed', CompressedImage)
    stage.recorder.listen(f'{THERMAL}/compressed', CompressedImage)
    fused = drive.show_until_heard(f'{FUSED}/compressed')[0]
    assert node.wait_for_line('infer 1')
    assert fused.format == 'rgb8; jpeg compressed bgr8'
    number = round((stamp_ns(fused) - START_NS) / (33 * MS))
    shown = cv2.cvtColor(plan.pixels(number, 'rgb8', *SIZE) + 2, cv2.COLOR_RGB2GRAY)
    image = decoded(fused)
    assert image.shape == (*SIZE[::-1], 3)
    error = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(int) - shown
    assert np.abs(error).mean() < 3.0
    thermal = drive.show_until_heard(f'{THERMAL}/compressed')[0]
    assert thermal.format == 'mono8; jpeg compressed mono8'
    (raw,) = stage.recorder.wait_for(
        lambda: [m for m in stage.recorder.heard(THERMAL) if stamp_ns(m) == stamp_ns(thermal)]
    )
    difference = decoded(thermal).astype(int) - picture(raw)
    assert np.abs(difference).mean() < 2.0

    # For people: before and after, in one picture.
    stage.recorder.listen(SIDE_BY_SIDE, Image)
    both = drive.show_until_heard(SIDE_BY_SIDE)[0]
    assert (both.width, both.height) == (2 * SIZE[0], SIZE[1])
    number = round((stamp_ns(both) - START_NS) / (33 * MS))
    shown = plan.pixels(number, 'rgb8', *SIZE)
    assert np.array_equal(picture(both), np.hstack([shown, shown + 2]))

    stage.recorder.listen(STATUS, DiagnosticArray)
    drive.show_until(stage.frames)
    assert stage.frames()[0].values['mode'] == 'full'
    stage.wait_for_part('pipeline', lambda part: 'latency/infer_p50_ms' in part.values)
