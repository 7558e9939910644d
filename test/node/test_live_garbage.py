"""Messages that hold no image are counted and told of, and the next good frame goes out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.gates import Gates
from players.node_process import NodeProcess
from players.stage import LOSSLESS, STATUS, Report, Stage, heard_all, kept_all, open_stage, pair

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.pipeline.status import WARN

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
STAMPS = itertools.count(START_NS, 300 * MS)
CAMERAS = ('visible', 'thermal')


def rgb(*size: int) -> np.ndarray:
    return np.full((*size, 3), 30, np.uint8)


def message(encoding: str = 'rgb8', image: np.ndarray | None = None, **changes: Any) -> Any:
    """A sensor_msgs/Image, with some fields changed afterwards."""
    made = image_message(next(STAMPS), 'a', encoding, rgb(48, 64) if image is None else image)
    return replace(made, **changes)


# name: (message, what is said of it; '' for an image that is only odd)
GARBAGE = {
    'step_too_small': (lambda: message(step=100), 'step'),
    'step_too_large': (lambda: message(step=200), 'bytes'),
    'step_huge': (lambda: message(step=2**32 - 1), 'bytes'),
    'data_short': (lambda: message(data=np.zeros(1000, np.uint8)), 'bytes'),
    'no_data': (lambda: message(data=np.zeros(0, np.uint8)), 'bytes'),
    'encoding_unknown': (lambda: message(encoding='yuv999'), 'yuv999'),
    'encoding_empty': (lambda: message(encoding=''), 'encoding'),
    'height_0': (lambda: message(height=0), '0'),
    'width_0': (lambda: message(width=0), '0'),
    'size_0': (lambda: message(height=0, width=0, step=0, data=np.zeros(0, np.uint8)), '0'),
    'size_huge': (lambda: message(height=2**32 - 1, width=2**32 - 1), 'step'),
    'one_pixel': (lambda: message(image=rgb(1, 1)), ''),
    'one_row': (lambda: message(image=rgb(1, 64)), ''),
    'one_column': (lambda: message(image=rgb(48, 1)), ''),
}


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        yield stage


@pytest.fixture(scope='module')
def node(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    inputs = heard_all('/visible/image_raw', '/thermal/image_raw')
    # A frame that can't be paired goes alone, soon.
    parameters = {**LOSSLESS, 'pairing.wait_ms': 100.0, **inputs, **kept_all(STATUS)}
    with Gates(tmp_path_factory.mktemp('gates')) as gates:
        gates.let_open()
        gates.let_infer()
        yield stage.start_node(parameters, command=gates.command)


@pytest.fixture(scope='module')
def cameras(stage: Stage, node: NodeProcess) -> CameraPlayer:
    return stage.start_cameras(plan.camera_topics())


@pytest.fixture
def show_garbage(cameras: CameraPlayer, tmp_path: Path) -> Callable[[str, str], None]:
    def show(camera: str, name: str) -> None:
        bag = tmp_path / str(next(STAMPS))
        with BagWriter(bag) as writer:
            writer.write('/garbage', GARBAGE[name][0](), START_NS)
        cameras.play(plan.bag(str(bag), {'/garbage': camera}))

    return show


@pytest.mark.parametrize('camera', CAMERAS)
@pytest.mark.parametrize('name', GARBAGE)
def test_is_counted_and_the_next_goes_out(
    stage: Stage,
    cameras: CameraPlayer,
    show_garbage: Callable[[str, str], None],
    camera: str,
    name: str,
) -> None:
    def undecodable(part: Report) -> int:
        return int(part.values.get(f'drops/{camera}/undecodable', '0'))

    before = undecodable(stage.wait_for_part('pipeline', lambda part: True))
    show_garbage(camera, name)
    good = next(STAMPS)
    cameras.play(*pair(good, good // MS % 100_000))
    stage.wait_for_frame(good)
    if GARBAGE[name][1]:
        stage.wait_for_part('pipeline', lambda part: undecodable(part) == before + 1)
    assert stage.parts()['node'].values['internal_errors'] == '0'


@pytest.mark.parametrize('camera', CAMERAS)
@pytest.mark.parametrize('name', ['step_too_large', 'encoding_unknown', 'size_0'])
def test_is_told_of(
    stage: Stage, show_garbage: Callable[[str, str], None], camera: str, name: str
) -> None:
    for _ in range(1000):
        part = stage.parts()[f'{camera} camera']
        if GARBAGE[name][1] in part.message.partition('the last: ')[2]:
            break
        show_garbage(camera, name)
        stage.recorder.wait_for_news(0.05)
    assert f'{camera} images could not be understood, the last: ' in part.message
    assert part.level == WARN


def test_full_mode_is_there_again(stage: Stage, cameras: CameraPlayer) -> None:
    def modes() -> Iterator[str]:
        for stamp in itertools.islice(STAMPS, 50):
            cameras.play(*pair(stamp, stamp // MS % 100_000))
            yield stage.wait_for_frame(stamp).values['mode']

    assert 'full' in modes()
