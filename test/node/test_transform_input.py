"""Transforms, latched or not, on a real middleware."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import rclpy
from geometry_msgs.msg import TransformStamped
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from tf2_msgs.msg import TFMessage

from nitedr_ros.node.transform_input import TransformInput

if TYPE_CHECKING:
    from players.recorder import Recorder

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    """A node in a namespace, whose callbacks run in a thread."""
    context = Context()
    rclpy.init(
        args=[],
        context=context,
        domain_id=ros_domain,
        signal_handler_options=SignalHandlerOptions.NO,
    )
    made = Node('nitedr', context=context, namespace='/car', start_parameter_services=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(made)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    yield made
    executor.shutdown(timeout_sec=5.0)
    thread.join(5.0)
    made.destroy_node()
    context.try_shutdown()


def transform(child: str) -> TFMessage:
    stamped = TransformStamped(child_frame_id=child)
    stamped.header.frame_id = 'base_link'
    return TFMessage(transforms=[stamped])


def children(heard: list[TFMessage]) -> list[str]:
    return [stamped.child_frame_id for message in heard for stamped in message.transforms]


def test_static_transforms_are_heard_that_were_sent_before(node: Node, recorder: Recorder) -> None:
    publisher = recorder.node.create_publisher(TFMessage, '/tf_static', LATCHED)
    publisher.publish(transform('visible_optical_frame'))
    heard: list[TFMessage] = []
    TransformInput(node, MutuallyExclusiveCallbackGroup(), heard.append)
    recorder.wait_for(lambda: heard)
    publisher.publish(transform('thermal_optical_frame'))
    recorder.wait_for(lambda: len(heard) == 2)
    assert children(heard) == ['visible_optical_frame', 'thermal_optical_frame']


def test_moving_transforms_are_heard_and_both_are_left(node: Node, recorder: Recorder) -> None:
    moving = recorder.node.create_publisher(TFMessage, '/tf', 100)
    static = recorder.node.create_publisher(TFMessage, '/tf_static', LATCHED)
    heard: list[TFMessage] = []
    transforms = TransformInput(node, MutuallyExclusiveCallbackGroup(), heard.append)
    recorder.wait_for(lambda: moving.get_subscription_count() == 1)
    for number in range(20):
        moving.publish(transform(str(number)))
    recorder.wait_for(lambda: len(heard) == 20)
    assert children(heard) == [str(number) for number in range(20)]
    recorder.wait_for(lambda: static.get_subscription_count() == 1)
    transforms.close()
    for publisher in (moving, static):
        recorder.wait_for(lambda p=publisher: p.get_subscription_count() == 0)
    transforms.close()
