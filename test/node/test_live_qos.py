"""Cameras of either reliability are heard, and one that can't be is told of in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.stage import LOSSLESS, SIZE, STATUS, Stage, heard_all, kept_all, open_stage
from sensor_msgs.msg import Image

from nitedr_ros.pipeline.status import ERROR

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
STRICT_TOPIC = '/strict/visible/image_raw'
STRICT_STATUS = '/strict/nitedr/status'
POLICY = f'qos_overrides.{STRICT_TOPIC}.subscription.reliability'


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A node as it is by default, and one that asks for reliable visible images."""
    parameters = {**LOSSLESS, 'pairing.wait_ms': 0.0, 'engine.name': 'passthrough'}
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        for topic in (STATUS, STRICT_STATUS):
            stage.recorder.listen(topic, DiagnosticArray)
        stage.start_node(parameters, state=None)
        strict = {**parameters, **heard_all(STRICT_TOPIC), **kept_all(STRICT_STATUS)}
        stage.start_node(strict, namespace='/strict').wait_for_state('active')
        stage.wait_for_part('node', lambda part: part.message == 'active')
        yield stage


@pytest.mark.parametrize('reliable', [False, True])
def test_both_kinds_are_heard_by_default(stage: Stage, reliable: bool) -> None:
    topic = plan.topic('visible/image_raw', plan.IMAGE, reliable=reliable, matched=1)
    cameras = stage.start_cameras({'visible': topic})
    # Of a few, so that one that gets lost on the way is no failure.
    stamps = [START_NS + (100 * reliable + number) * MS for number in range(3)]
    cameras.play(*(plan.image('visible', stamp, 0, size=SIZE, after_s=0.05) for stamp in stamps))
    stage.recorder.wait_for(lambda: {frame.stamp_ns for frame in stage.frames()} & set(stamps))
    cameras.finish()
    part = stage.wait_for_part('visible camera', lambda part: part.values['publishers'] == '0')
    assert 'nobody publishes /visible/image_raw' in part.message


def test_reliable_is_heard_where_it_is_asked_for(stage: Stage) -> None:
    topic = plan.topic(STRICT_TOPIC, plan.IMAGE, depth=1000, matched=1)
    cameras = stage.start_cameras({'visible': topic}, '/strict/nitedr')
    stamps = [START_NS + number * MS for number in range(20)]
    cameras.play(*(plan.image('visible', stamp, 0, size=SIZE, after_s=0.005) for stamp in stamps))
    stage.wait_for_frame(stamps[-1], STRICT_STATUS)
    cameras.finish()
    assert [frame.stamp_ns for frame in stage.frames(STRICT_STATUS)] == stamps


def test_best_effort_is_told_of_where_reliable_is_asked_for(stage: Stage) -> None:
    topic = plan.topic(STRICT_TOPIC, plan.IMAGE, reliable=False)
    stage.start_cameras({'visible': topic}, '/strict/nitedr')
    part = stage.wait_for_part(
        'visible camera', lambda part: part.level == ERROR, '/strict/nitedr'
    )
    assert f'a publisher of {STRICT_TOPIC} has another reliability' in part.message
    assert f'set {POLICY}' in part.message


def test_a_subscriber_that_asks_for_too_much_is_told_of(stage: Stage) -> None:
    topic = '/nitedr/fused/image'
    # The node keeps nothing for those who come late.
    stage.recorder.listen(topic, Image, latched=True)
    part = stage.wait_for_part('outputs', lambda part: part.message != 'published')
    assert f'a subscriber of {topic} has another durability' in part.message
    assert f'qos_overrides.{topic}.publisher.durability' in part.message
