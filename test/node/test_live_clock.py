"""Stamps that run back or come from another epoch stop nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.gates import Gates
from players.node_process import NodeProcess
from players.stage import LOSSLESS, SIZE, STATUS, Stage, heard_all, kept_all, open_stage, pair

from nitedr_ros.pipeline.status import OK, WARN

MS = 1_000_000
SECOND = 1_000_000_000
START_NS = 1_700_000_000 * SECOND
DRIVE = [number * 33 * MS for number in range(8)]


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        yield stage


@pytest.fixture(scope='module')
def node(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    inputs = heard_all('/visible/image_raw', '/thermal/image_raw')
    with Gates(tmp_path_factory.mktemp('gates')) as gates:
        gates.let_open()
        gates.let_infer()
        yield stage.start_node({**LOSSLESS, **inputs, **kept_all(STATUS)}, command=gates.command)


@pytest.fixture(scope='module')
def cameras(stage: Stage, node: NodeProcess) -> CameraPlayer:
    return stage.start_cameras(plan.camera_topics())


def show_drive(stage: Stage, cameras: CameraPlayer, start_ns: int, turn: int = 1) -> None:
    """Show a drive; all of it must come out, in full mode, for the time of that number."""
    for number, after_ns in enumerate(DRIVE):
        cameras.play(*pair(start_ns + after_ns, 100 * turn + number, after_s=0.01))
    for after_ns in DRIVE:
        frame = stage.wait_for_frame(start_ns + after_ns, times=turn)
        assert frame.values['mode'] == 'full'
        assert frame.values['skew_ms'] == '0.000'


def test_a_recording_that_begins_anew(stage: Stage, cameras: CameraPlayer) -> None:
    for turn in (1, 2, 3):
        # Steps back of less than a second are late frames, so a drive is longer than that.
        show_drive(stage, cameras, START_NS, turn)
        show_drive(stage, cameras, START_NS + 60 * SECOND, turn)
    part = stage.wait_for_part('pipeline', lambda part: part.values['outputs'] == '48')
    assert not [key for key in part.values if key.startswith('drops/visible')]


@pytest.mark.parametrize('start_ns', [5 * SECOND, 2_147_000_000 * SECOND, START_NS - SECOND])
def test_stamps_of_another_epoch(stage: Stage, cameras: CameraPlayer, start_ns: int) -> None:
    show_drive(stage, cameras, start_ns)


def test_frames_without_a_stamp_are_dropped(stage: Stage, cameras: CameraPlayer) -> None:
    def unstamped() -> int:
        values = stage.parts()['pipeline'].values
        return int(values.get('drops/visible/unstamped', '0'))

    assert unstamped() == 0
    cameras.play(plan.image('visible', 0, 1, size=SIZE))
    stage.recorder.wait_for(lambda: unstamped() == 1)
    show_drive(stage, cameras, START_NS + 120 * SECOND)


def test_cameras_of_two_epochs_are_told_apart(
    stage: Stage, node: NodeProcess, cameras: CameraPlayer
) -> None:
    """Visible frames then go out alone, and both the status and /diagnostics say why."""
    assert node.set_parameters(pairing__wait_ms=0.0) == ''
    stage.wait_for_part('pipeline', lambda part: part.level == OK)

    def show() -> int:
        """Show a frame of each; the thermal camera counts from when the machine was started."""
        now_ns = time.time_ns()
        seed = now_ns // MS % 100_000
        thermal = {'encoding': 'mono16', 'size': SIZE}
        cameras.play(
            plan.image('thermal', time.monotonic_ns(), seed, **thermal),
            plan.image('visible', now_ns, seed, size=SIZE),
        )
        return now_ns

    frame = stage.wait_for_frame(show())
    while 'clocks' not in frame.values['reason']:
        assert frame.values['mode'] == 'visible_only'
        stage.let_report()
        frame = stage.wait_for_frame(show())
    assert 'the cameras stamp by different clocks' in frame.message
    part = stage.wait_for_part('pipeline', lambda part: 'clocks' in part.message)
    assert part.level == WARN
    assert 'set pairing.thermal_offset_ms' in part.message
