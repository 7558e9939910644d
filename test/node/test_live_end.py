"""SIGINT and SIGTERM end the node with exit code 0, whatever it is at."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from players import plan
from players.gates import Gates
from players.node_process import NodeProcess
from players.stage import LOSSLESS, SIZE, STATUS, Stage, open_stage
from sensor_msgs.msg import Image

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
FRAMES = 100
# Only to tell an end that takes long from none.
END_S = 30.0
SEEN_S = 8.0
SIGNALS = pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])


@pytest.fixture(scope='module')
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.recorder.listen('/nitedr/fused/image', Image)
        yield stage


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    yield theatre
    theatre.clear()


@pytest.fixture
def gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    with Gates(tmp_path_factory.mktemp('gates')) as gates:
        yield gates


def end(stage: Stage, node: NodeProcess, number: int) -> None:
    node.process.send_signal(number)
    assert node.join(END_S) == 0, node.log
    assert 'Traceback' not in node.log
    # It says so itself: others would go on believing in it for longer than this.
    recorder, service = stage.recorder, f'{node.path}/get_state'
    recorder.wait_for(lambda: not recorder.serves(GetState, service), SEEN_S, why='its leaving')


@SIGNALS
@pytest.mark.parametrize('state', ['unconfigured', 'inactive', 'active'])
def test_at_rest(stage: Stage, state: str, number: int) -> None:
    parameters = {'engine.name': 'passthrough', 'node.autostart': state == 'active'}
    node = stage.start_node(parameters, state='unconfigured' if state != 'active' else 'active')
    if state == 'inactive':
        assert node.change_state('configure')
    end(stage, node, number)


@SIGNALS
def test_while_frames_flow(stage: Stage, number: int) -> None:
    node = stage.start_node({**LOSSLESS, 'engine.name': 'onnxruntime'})
    cameras = stage.start_cameras(plan.camera_topics())
    before = len(stage.frames())
    for frame in range(FRAMES):
        cameras.play(
            plan.image('visible', None, frame, size=SIZE, after_s=0.01),
            plan.image('thermal', None, frame, size=SIZE, encoding='mono16'),
        )
    stage.recorder.wait_for(lambda: len(stage.frames()) > before)
    end(stage, node, number)


@SIGNALS
def test_while_the_engine_is_opened(stage: Stage, gates: Gates, number: int) -> None:
    node = stage.start_node(state=None, command=gates.command)
    node.wait_for_line('opening')
    node.wait_for_state('configuring')
    end(stage, node, number)


@SIGNALS
def test_while_the_engine_is_at_a_frame(stage: Stage, gates: Gates, number: int) -> None:
    gates.let_open()
    node = stage.start_node({'node.max_age_ms': 0.0}, command=gates.command)
    cameras = stage.start_cameras(
        {'visible': plan.topic('visible/image_raw', plan.IMAGE, matched=1)}
    )
    cameras.play(plan.image('visible', START_NS, 0, size=SIZE))
    node.wait_for_line('infer 1')
    end(stage, node, number)


@SIGNALS
def test_twice(stage: Stage, gates: Gates, number: int) -> None:
    """The second Ctrl-C of somebody in a hurry makes no difference."""
    node = stage.start_node(state=None, command=gates.command)
    node.wait_for_state('configuring')
    node.process.send_signal(number)
    node.process.send_signal(number)
    assert node.join(END_S) == 0, node.log


def test_before_it_has_started(stage: Stage) -> None:
    node = stage.start_node({'engine.name': 'passthrough'}, state=None)
    node.wait_for_line('loaded in')
    node.stop()
