"""With use_sim_time, /clock stamps what the node says of itself; frames keep their own stamps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.stage import LOSSLESS, STATUS, Stage, heard_all, kept_all, open_stage, pair
from rosgraph_msgs.msg import Clock

from nitedr_ros.pipeline.status import OK, WARN

MS = 1_000_000
SECOND = 1_000_000_000
CLOCK_S = 1_600_000_000
START_NS = CLOCK_S * SECOND - 250 * MS


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    parameters = {
        **LOSSLESS,
        'use_sim_time': True,
        'engine.name': 'passthrough',
        **heard_all('/visible/image_raw', '/thermal/image_raw'),
        **kept_all(STATUS),
    }
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.start_node(parameters)
        yield stage


@pytest.fixture(scope='module')
def cameras(stage: Stage) -> CameraPlayer:
    return stage.start_cameras(plan.camera_topics())


def test_without_a_clock_it_says_so_and_goes_on(stage: Stage, cameras: CameraPlayer) -> None:
    part = stage.wait_for_part('node', lambda part: part.level == WARN)
    assert part.message == 'use_sim_time is set, but nothing comes on /clock'
    assert part.stamp_ns == 0
    cameras.play(*pair(START_NS))
    assert stage.wait_for_frame(START_NS).values['skew_ms'] == '0.000'


def test_with_a_clock_the_stamps_are_its_own(stage: Stage, cameras: CameraPlayer) -> None:
    publisher = stage.recorder.node.create_publisher(Clock, '/clock', 10)

    def tick(seconds: int) -> bool:
        """The node may find the publisher late, and lose a message."""
        message = Clock()
        message.clock.sec = seconds
        publisher.publish(message)
        return stage.parts()['node'].stamp_ns == seconds * SECOND

    stage.recorder.wait_for(lambda: tick(CLOCK_S))
    stage.wait_for_part('node', lambda part: part.level == OK)

    stamp = START_NS + 100 * MS
    cameras.play(*pair(stamp, 1))
    frame = stage.wait_for_frame(stamp)
    assert float(frame.values['stamp_age_ms']) == 150.0

    # A loop of the recording.
    stage.recorder.wait_for(lambda: tick(CLOCK_S - 1000))
    stamp = START_NS - 1000 * SECOND
    cameras.play(*pair(stamp, 2))
    assert float(stage.wait_for_frame(stamp).values['stamp_age_ms']) == 250.0
