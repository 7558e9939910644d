"""Transitions in every order: what may be is done, what may not is refused, nothing gets stuck."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import yaml
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from players import plan
from players.calibration import calibration
from players.node_process import NodeProcess
from players.stage import LOSSLESS, SIZE, STATUS, Stage, heard_all, kept_all, open_stage

from nitedr_ros.pipeline.status import ERROR, OK

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
STEPS = 60
FRAMES = 2000
FUSED = '/nitedr/fused/image'
MACHINE = {
    ('unconfigured', 'configure'): 'inactive',
    ('inactive', 'activate'): 'active',
    ('active', 'deactivate'): 'inactive',
    ('inactive', 'cleanup'): 'unconfigured',
}
TRANSITIONS = ('configure', 'activate', 'deactivate', 'cleanup')
SHUTDOWN = {
    'unconfigured': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    'inactive': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}
PARAMETERS = {
    **LOSSLESS,
    'pairing.wait_ms': 0.0,
    'engine.name': 'passthrough',
    'node.autostart': False,
    **heard_all('/visible/image_raw'),
    **kept_all(STATUS),
}


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        yield stage


@pytest.fixture
def node(stage: Stage) -> Iterator[NodeProcess]:
    node = stage.start_node(PARAMETERS, state='unconfigured')
    yield node
    node.stop()


def wait_for_subscribers(stage: Stage, count: int) -> None:
    topic, graph = '/visible/image_raw', stage.recorder.node
    stage.recorder.wait_for(lambda: graph.count_subscribers(topic) == count)


def walk() -> list[str]:
    """Transitions at random, mostly such as may be, so that it gets around."""
    chance = random.Random(7)
    state, steps = 'unconfigured', []
    for _ in range(STEPS):
        allowed = [name for name in TRANSITIONS if (state, name) in MACHINE]
        steps.append(chance.choice([*TRANSITIONS, *allowed * 4]))
        state = MACHINE.get((state, steps[-1]), state)
    return steps


class Camera:
    """A visible camera that notes which frames it showed to an active node."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        topic = plan.topic('visible/image_raw', plan.IMAGE)
        self._player = stage.start_cameras({'visible': topic})
        self._stamps = iter(range(START_NS, START_NS + FRAMES * 33 * MS, 33 * MS))
        self.shown: set[int] = set()
        self.sent = 0

    def show(self) -> int:
        stamp = next(self._stamps)
        self._player.play(plan.image('visible', stamp, 0, size=SIZE))
        self.sent += 1
        return stamp

    def show_until_heard(self) -> None:
        """A subscription that is new may miss the first frames."""
        mine: set[int] = set()
        while not mine & {frame.stamp_ns for frame in self._stage.frames()}:
            mine.add(self.show())
            self.shown |= mine
            self._stage.recorder.wait_for_news(0.05)

    def show_in_vain(self) -> None:
        self.show()
        self._player.wait_for_sent(self.sent)


def test_every_order(stage: Stage, node: NodeProcess) -> None:
    state, tried, camera, in_vain = 'unconfigured', set(), None, 0
    for transition in walk():
        tried.add((state, transition))
        expected = MACHINE.get((state, transition))
        assert node.change_state(transition) == (expected is not None), (state, transition)
        state = expected or state
        assert node.state == state
        stage.recorder.wait_for_publishers(FUSED, state != 'unconfigured')
        wait_for_subscribers(stage, state == 'active')
        if state == 'active':
            camera = camera or Camera(stage)
            camera.show_until_heard()
        elif camera is not None:
            camera.show_in_vain()
            in_vain += 1
    assert tried == {(state, name) for state in SHUTDOWN for name in TRANSITIONS}
    assert in_vain
    assert {frame.stamp_ns for frame in stage.frames()} <= camera.shown
    part = stage.wait_for_part('node', lambda part: part.message == state)
    assert part.values['internal_errors'] == '0'


@pytest.mark.parametrize('state', SHUTDOWN)
def test_shutdown(stage: Stage, node: NodeProcess, state: str) -> None:
    for transition in ('configure', 'activate')[: list(SHUTDOWN).index(state)]:
        assert node.change_state(transition)
    request = ChangeState.Request(transition=Transition(id=SHUTDOWN[state]))
    assert stage.recorder.ask(ChangeState, '/nitedr/change_state', request).success
    assert node.state == 'finalized'
    stage.recorder.wait_for_publishers(FUSED, 0)
    assert not any(node.change_state(transition) for transition in TRANSITIONS)
    stage.wait_for_part('node', lambda part: part.message == 'finalized')


def test_a_calibration_that_is_corrected(stage: Stage, node: NodeProcess, tmp_path: Path) -> None:
    file = tmp_path / 'visible.yaml'
    assert node.set_parameters(node__visible_calibration=str(file)) == ''

    def refusal() -> str:
        assert not node.change_state('configure')
        assert node.state == 'unconfigured'
        stage.let_report()
        part = stage.wait_for_part('engine', lambda part: part.level == ERROR)
        return part.message

    assert f'{file}: expected a calibration file' in refusal()
    file.write_text('just words')
    assert f'{file}: expected a calibration with' in refusal()
    file.write_text(yaml.safe_dump(calibration(SIZE, 0.0)))
    assert f'{file}: ' in refusal()
    file.write_text(yaml.safe_dump(calibration(SIZE, 70.0)))
    assert node.change_state('configure')
    assert node.change_state('activate')
    stage.wait_for_part('engine', lambda part: part.level == OK)
    part = stage.wait_for_part('visible camera', lambda part: True)
    assert part.values['camera_info'] == 'from a file'
