"""The transforms between the cameras' optical frames, static or not."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from nitedr_ros.node.qos import overridable

TF_DEPTH = 100
"""Depth that tf2_ros gives to both topics."""


class TransformInput:
    """Subscribes to /tf_static and /tf and hands over what comes."""

    def __init__(
        self, node: Node, group: CallbackGroup, on_transforms: Callable[[TFMessage], None]
    ) -> None:
        self._node = node
        latched = QoSProfile(depth=TF_DEPTH, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._subscriptions = [
            node.create_subscription(
                TFMessage,
                topic,
                on_transforms,
                qos,
                callback_group=group,
                qos_overriding_options=overridable(),
            )
            for topic, qos in (('/tf_static', latched), ('/tf', QoSProfile(depth=TF_DEPTH)))
        ]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()
