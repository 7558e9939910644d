"""camera_info that comes late, is wrong, changes, or never comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import yaml
from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.calibration import calibration
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
    kept_all,
    open_stage,
    pair,
    stamp_ns,
)
from sensor_msgs.msg import CameraInfo, Image

from nitedr_ros.pipeline.status import WARN

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
FOCAL = 500.0
INFO = '/nitedr/fused/camera_info'
INPUTS = ('/visible/image_raw', '/thermal/image_raw')
PARAMETERS = {
    **LOSSLESS,
    'modes.recover_after': 1,
    **heard_all(*INPUTS, '/visible/camera_info', '/thermal/camera_info'),
    **kept_all(STATUS, INFO),
}


@pytest.fixture(scope='module')
def gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    with Gates(tmp_path_factory.mktemp('gates')) as gates:
        gates.let_open()
        gates.let_infer()
        yield gates


@pytest.fixture(scope='module')
def theatre(gates: Gates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.recorder.listen(INFO, CameraInfo)
        stage.recorder.listen('/nitedr/fused/image', Image)
        yield stage


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    yield theatre
    theatre.clear()


@pytest.fixture
def start(stage: Stage, gates: Gates) -> Callable[..., NodeProcess]:
    def start(**parameters: object) -> NodeProcess:
        named = {name.replace('__', '.'): value for name, value in parameters.items()}
        return stage.start_node({**PARAMETERS, **named}, command=gates.command)

    return start


class Cameras:
    """Two cameras whose calibrations are sent when the test says so."""

    stamps = iter(range(START_NS, START_NS + 10_000 * 300 * MS, 300 * MS))

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        topics = plan.camera_topics()
        self._player: CameraPlayer = stage.start_cameras(topics)

    def show(self) -> Report:
        stamp = next(self.stamps)
        self._player.play(*pair(stamp, stamp // MS % 100_000))
        return self._stage.wait_for_frame(stamp)

    def show_until(self, predicate: Callable[[Report], object]) -> Report:
        for _ in range(500):
            frame = self.show()
            if predicate(frame):
                return frame
        raise AssertionError(f'expected another status in the end, the last was {frame}')

    def calibrate(self, *cameras: str, **info: object) -> None:
        for camera in cameras or ('visible', 'thermal'):
            self._player.play(plan.camera_info(f'{camera}_info', None, **{'size': SIZE, **info}))

    def output_info(self) -> CameraInfo:
        """Show a pair and return the calibration of what comes of it."""
        stamp, recorder = self.show().stamp_ns, self._stage.recorder
        infos = recorder.wait_for(
            lambda: [info for info in recorder.heard(INFO) if stamp_ns(info) == stamp]
        )
        return infos[0]

    def show_until_focal(self, focal: float) -> CameraInfo:
        for _ in range(500):
            info = self.output_info()
            if info.k[0] == focal:
                return info
        raise AssertionError(f'expected a focal length of {focal} in the end, got {info.k[0]}')


def full(frame: Report) -> bool:
    return frame.values['mode'] == 'full'


def test_never(stage: Stage, start: Callable[..., NodeProcess]) -> None:
    """Cameras that are aligned anyway need none; the outputs then say that they have none."""
    start()
    cameras = Cameras(stage)
    info = cameras.output_info()
    assert (info.width, info.height) == SIZE
    assert not any((*info.k, *info.p))
    assert full(cameras.show())
    part = stage.wait_for_part('visible camera', lambda part: True)
    assert part.values['camera_info'] == 'none on /visible/camera_info'


def test_late_and_changed(stage: Stage, start: Callable[..., NodeProcess]) -> None:
    start()
    cameras = Cameras(stage)
    assert not any(cameras.output_info().k)
    for focal in (FOCAL, 2 * FOCAL):
        cameras.calibrate(focal=focal)
        assert cameras.show_until_focal(focal).p[0] == focal
        assert full(cameras.show())
    part = stage.wait_for_part('visible camera', lambda part: '2 on' in part.values['camera_info'])
    assert part.values['camera_info'] == '2 on /visible/camera_info'
    # Half the size in a calibration of twice the images is the same camera.
    cameras.calibrate('visible', size=(2 * SIZE[0], 2 * SIZE[1]), focal=2 * FOCAL)
    cameras.show_until_focal(FOCAL)


def test_wrong(stage: Stage, start: Callable[..., NodeProcess]) -> None:
    """Visible images go on, and the status and /diagnostics say what to put right."""
    start(geometry__registration='extrinsics')
    cameras = Cameras(stage)
    frame = cameras.show()
    assert (frame.values['mode'], frame.values['stages']) == ('visible_only', 'clean')
    assert 'camera_info' in frame.values['reason']

    cameras.calibrate(focal=0.0)
    stage.wait_for_part('thermal camera', lambda part: '1 on' in part.values['camera_info'])
    frame = cameras.show()
    assert frame.values['mode'] == 'visible_only'
    assert frame.level == WARN
    reason = frame.values['reason']
    assert 'camera_info' in reason
    stage.wait_for_part('pipeline', lambda part: part.level == WARN and reason in part.message)

    cameras.calibrate()
    cameras.show_until(full)
    for bad in ({'size': (64, 20)}, {'model': 'no_such_lens'}, {'d': (0.1,)}):
        cameras.calibrate('visible', **bad)
        frame = cameras.show_until(lambda frame: not full(frame))
        assert frame.values['mode'] == 'visible_only'
        cameras.calibrate()
        cameras.show_until(full)
    part = stage.wait_for_part('node', lambda part: True)
    assert part.values['internal_errors'] == '0'


def test_from_a_file(stage: Stage, start: Callable[..., NodeProcess], tmp_path: Path) -> None:
    """What the camera says itself is left alone then."""
    file = tmp_path / 'visible.yaml'
    file.write_text(yaml.safe_dump(calibration(SIZE, FOCAL)))
    start(node__visible_calibration=str(file))
    cameras = Cameras(stage)
    assert cameras.output_info().k[0] == FOCAL
    cameras.calibrate(focal=2 * FOCAL)
    stage.wait_for_part('thermal camera', lambda part: '1 on' in part.values['camera_info'])
    assert cameras.output_info().k[0] == FOCAL
    part = stage.wait_for_part('visible camera', lambda part: True)
    assert part.values['camera_info'] == 'from a file'
