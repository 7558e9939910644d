"""Quality of service: defaults, overrides by parameters, and what goes wrong, in words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import rclpy
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from std_msgs.msg import Empty

from nitedr_ros.node.qos import TopicEvents, input_qos, output_qos, overridable

if TYPE_CHECKING:
    from players.recorder import Recorder

VISIBLE = '/visible/image_raw'
FUSED = '/nitedr/fused/image'
RELIABLE, BEST_EFFORT = ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT


class Peer:
    """A node that is run in a thread, with a topic in and a topic out as the node has them."""

    def __init__(self, domain: int, *arguments: str) -> None:
        self.context = Context()
        rclpy.init(
            args=[],
            context=self.context,
            domain_id=domain,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.warnings: list[str] = []
        self.heard: list[Empty] = []
        self.node = Node(
            'nitedr',
            context=self.context,
            cli_args=['--ros-args', *arguments] if arguments else [],
            start_parameter_services=False,
        )
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.thread = threading.Thread(target=self.executor.spin, daemon=True)
        self.thread.start()

    def subscribe(self, topic: str = VISIBLE) -> TopicEvents:
        self.events = TopicEvents(topic, 'subscription', self.warnings.append)
        self.subscription = self.node.create_subscription(
            Empty,
            topic,
            self.heard.append,
            input_qos(),
            event_callbacks=self.events.subscription_callbacks(),
            qos_overriding_options=overridable(),
        )
        return self.events

    def publish(self, topic: str = FUSED) -> TopicEvents:
        self.events = TopicEvents(topic, 'publisher', self.warnings.append)
        self.publisher = self.node.create_publisher(
            Empty,
            topic,
            output_qos(),
            event_callbacks=self.events.publisher_callbacks(),
            qos_overriding_options=overridable(),
        )
        return self.events

    def close(self) -> None:
        self.executor.shutdown(timeout_sec=5.0)
        self.thread.join(5.0)
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture
def start(ros_domain: int) -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def make(*arguments: str) -> Peer:
        started.append(Peer(ros_domain, *arguments))
        return started[-1]

    yield make
    for peer in started:
        peer.close()


def override(topic: str, kind: str, policy: str, value: object) -> list[str]:
    return ['-p', f'qos_overrides.{topic}.{kind}.{policy}:={value}']


def offered(recorder: Recorder, topic: str, kind: str) -> QoSProfile:
    """The profile of the one subscription or publisher of a topic, as the middleware tells it."""
    ask: Any = getattr(recorder.node, f'get_{kind}s_info_by_topic')
    (info,) = recorder.wait_for(lambda: ask(topic), why=f'a {kind} of {topic}')
    return info.qos_profile


def test_inputs_take_what_cameras_offer() -> None:
    profile = input_qos()
    assert (profile.reliability, profile.durability) == (BEST_EFFORT, DurabilityPolicy.VOLATILE)
    assert (profile.history, profile.depth) == (HistoryPolicy.KEEP_LAST, 5)


def test_profiles_are_not_shared() -> None:
    for make in (input_qos, output_qos):
        first = make()
        before = first.reliability
        first.reliability = RELIABLE if before != RELIABLE else BEST_EFFORT
        assert make().reliability == before
    assert rclpy.qos.qos_profile_sensor_data.reliability == BEST_EFFORT


@pytest.mark.parametrize('reliable', [True, False])
def test_subscribers_of_either_reliability_hear_an_output(
    start: Callable[..., Peer], recorder: Recorder, reliable: bool
) -> None:
    peer = start()
    events = peer.publish()
    recorder.listen(FUSED, Empty, reliable=reliable)
    recorder.wait_for(lambda: peer.publisher.get_subscription_count() == 1)
    peer.publisher.publish(Empty())
    recorder.wait_for_messages(FUSED, 1)
    assert offered(recorder, FUSED, 'publisher').reliability == RELIABLE
    assert events.problem == ''


def test_without_overrides_the_defaults_hold(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    start().subscribe()
    assert offered(recorder, VISIBLE, 'subscription').reliability == BEST_EFFORT


def test_a_parameter_changes_a_real_subscription(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(
        *override(VISIBLE, 'subscription', 'reliability', 'reliable'),
        *override(VISIBLE, 'subscription', 'depth', 17),
    )
    peer.subscribe()
    assert offered(recorder, VISIBLE, 'subscription').reliability == RELIABLE
    name = f'qos_overrides.{VISIBLE}.subscription'
    assert peer.node.get_parameter(f'{name}.reliability').value == 'reliable'
    assert peer.node.get_parameter(f'{name}.depth').value == 17
    # The next topic, and the next node, begin with the defaults again.
    assert (input_qos().reliability, input_qos().depth) == (BEST_EFFORT, 5)


def test_an_override_holds_when_a_topic_is_subscribed_again(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(*override(VISIBLE, 'subscription', 'reliability', 'reliable'))
    peer.subscribe()
    offered(recorder, VISIBLE, 'subscription')
    peer.node.destroy_subscription(peer.subscription)
    recorder.wait_for(lambda: not recorder.node.get_subscriptions_info_by_topic(VISIBLE))
    peer.subscribe()
    assert offered(recorder, VISIBLE, 'subscription').reliability == RELIABLE


def test_a_parameter_changes_a_real_publisher(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(*override(FUSED, 'publisher', 'reliability', 'best_effort'))
    peer.publish()
    assert offered(recorder, FUSED, 'publisher').reliability == BEST_EFFORT


def test_a_camera_with_another_reliability_is_named(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(*override(VISIBLE, 'subscription', 'reliability', 'reliable'))
    events = peer.subscribe()
    assert events.problem == ''
    best_effort = QoSProfile(depth=1, reliability=BEST_EFFORT)
    recorder.node.create_publisher(Empty, VISIBLE, best_effort)
    recorder.wait_for(lambda: events.problem)
    assert events.problem == (
        'a publisher of /visible/image_raw has another reliability than this node, so no message '
        'goes between them: set qos_overrides./visible/image_raw.subscription.reliability, or '
        'change it there'
    )
    assert peer.warnings == [events.problem]
    # A second such camera is no news.
    recorder.node.create_publisher(Empty, VISIBLE, best_effort)
    recorder.wait_for(lambda: len(recorder.node.get_publishers_info_by_topic(VISIBLE)) == 2)
    assert peer.warnings == [events.problem]


def test_a_camera_with_another_durability_is_named(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(*override(VISIBLE, 'subscription', 'durability', 'transient_local'))
    events = peer.subscribe()
    recorder.node.create_publisher(Empty, VISIBLE, 1)
    recorder.wait_for(lambda: events.problem)
    assert 'another durability' in events.problem
    assert 'subscription.durability' in events.problem


def test_a_listener_with_another_reliability_is_named(
    start: Callable[..., Peer], recorder: Recorder
) -> None:
    peer = start(*override(FUSED, 'publisher', 'reliability', 'best_effort'))
    events = peer.publish()
    recorder.listen(FUSED, Empty)
    recorder.wait_for(lambda: events.problem)
    assert events.problem.startswith('a subscriber of /nitedr/fused/image has another reliability')
    assert 'set qos_overrides./nitedr/fused/image.publisher.reliability' in events.problem
    assert peer.warnings == [events.problem]


def test_deadlines_that_pass_are_counted(start: Callable[..., Peer], recorder: Recorder) -> None:
    deadline_ns = 20_000_000
    peer = start(*override(VISIBLE, 'subscription', 'deadline', deadline_ns))
    events = peer.subscribe()
    offer = QoSProfile(
        depth=1,
        reliability=BEST_EFFORT,
        deadline=Duration(nanoseconds=deadline_ns),
    )
    publisher = recorder.node.create_publisher(Empty, VISIBLE, offer)
    recorder.wait_for(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(Empty())
    recorder.wait_for(lambda: events.late >= 2)
    assert events.problem == ''


def test_what_the_middleware_lost_is_counted() -> None:
    events = TopicEvents(VISIBLE, 'subscription', lambda line: None)
    callbacks = events.subscription_callbacks()
    callbacks.message_lost(SimpleNamespace(total_count=3, total_count_change=3))
    callbacks.message_lost(SimpleNamespace(total_count=5, total_count_change=2))
    assert (events.lost, events.late, events.problem) == (5, 0, '')
