"""Publishes on /diagnostics, for as long as the node lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from nitedr_ros.node.messages import diagnostics_message
from nitedr_ros.pipeline.status import Status


class Diagnostics:
    """Asks for statuses at a steady pace and publishes them with the stamp of the node's clock.

    The pace is that of the steady clock, so that diagnostics come also where /clock stands still.
    Names begin with that of the node, as those of several nodes come together on one topic.
    """

    def __init__(self, node: Node, period_ms: float, statuses: Callable[[], list[Status]]) -> None:
        self._node, self._statuses = node, statuses
        self._prefix = node.get_fully_qualified_name().lstrip('/')
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._timer = node.create_timer(
            period_ms / 1e3,
            self._publish,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )

    @property
    def clock_waits(self) -> bool:
        """Whether use_sim_time is set and nothing has come on /clock."""
        clock = self._node.get_clock()
        return bool(clock.ros_time_is_active) and clock.now().nanoseconds == 0

    def _publish(self) -> None:
        named = [
            replace(status, name=f'{self._prefix}: {status.name}') for status in self._statuses()
        ]
        stamp_ns = self._node.get_clock().now().nanoseconds
        self._publisher.publish(diagnostics_message(stamp_ns, named))
