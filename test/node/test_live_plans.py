"""An engine that builds plans: what the node does and says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.gates import PLANNING, Gates
from players.stage import LOSSLESS, SIZE, STATUS, Stage, heard_all, kept_all, open_stage, pair
from sensor_msgs.msg import Image

from nitedr_ros.pipeline.status import OK

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
FUSED = '/nitedr/fused/image'
PARAMETERS = {
    **LOSSLESS,
    'modes.recover_after': 1,
    **heard_all('/visible/image_raw', '/thermal/image_raw'),
    **kept_all(FUSED, STATUS),
}
BUILDING = f'building the plan for {SIZE[0]}x{SIZE[1]}, 25%'


@pytest.fixture
def gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    with Gates(tmp_path_factory.mktemp('gates'), PLANNING) as gates:
        yield gates


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(FUSED, Image)
        stage.recorder.listen(STATUS, DiagnosticArray)
        yield stage


def test_a_size_known_ahead_is_built_for_while_configuring(stage: Stage, gates: Gates) -> None:
    size = {'geometry.processing_size': list(SIZE)}
    node = stage.start_node({**PARAMETERS, **size}, state='configuring', command=gates.command)
    part = stage.wait_for_part('engine', lambda part: BUILDING in part.message)
    assert part.level == OK
    assert part.message.startswith('loading nitedr-')
    gates.let_open()
    node.wait_for_state('active')
    stage.wait_for_part('engine', lambda part: part.message == 'gated uint8 runs none')


def test_frames_pass_through_while_their_size_is_built_for(stage: Stage, gates: Gates) -> None:
    stage.start_node(PARAMETERS, command=gates.command)
    cameras = stage.start_cameras(plan.camera_topics())
    shown = 0

    def show() -> None:
        nonlocal shown
        cameras.play(*pair(START_NS + shown * 100 * MS, shown))
        shown += 1
        stage.recorder.wait_for(lambda: len(stage.frames()) >= shown)

    for _ in range(5):
        show()
    frames = stage.frames()
    assert {frame.values['mode'] for frame in frames} == {'pass_through'}
    assert 'the engine' in frames[-1].message
    assert 'prepar' in frames[-1].message
    stage.wait_for_part('engine', lambda part: BUILDING in part.message)
    gates.let_open()
    stage.wait_for_part('engine', lambda part: part.message == 'gated uint8 runs none')
    show()
    assert stage.frames()[-1].values['mode'] == 'full'
    # Frames that had to wait for the plan are no failures of the engine.
    pipeline = stage.wait_for_part('pipeline', lambda part: part.values['outputs'] == str(shown))
    assert 'the engine failed' not in pipeline.message
    assert pipeline.level == OK
