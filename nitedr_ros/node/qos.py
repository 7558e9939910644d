"""Quality of service: what topics ask for by default, and what went wrong with it, in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import rclpy.qos
from rclpy.qos import QoSPolicyKind, QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions

try:
    from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
except ImportError:  # ROS 2 Humble
    from rclpy.qos_event import PublisherEventCallbacks, SubscriptionEventCallbacks

_OVERRIDABLE = (
    QoSPolicyKind.HISTORY,
    QoSPolicyKind.DEPTH,
    QoSPolicyKind.RELIABILITY,
    QoSPolicyKind.DURABILITY,
    QoSPolicyKind.DEADLINE,
)


def input_qos() -> QoSProfile:
    """Return what cameras offer: best effort, the newest few."""
    return _copy(rclpy.qos.qos_profile_sensor_data)


def output_qos() -> QoSProfile:
    """Return the middleware's own default, which subscribers of either reliability accept."""
    return _copy(rclpy.qos.qos_profile_system_default)


def overridable() -> QoSOverridingOptions:
    """Return options that declare `qos_overrides.TOPIC.…` parameters."""
    return QoSOverridingOptions(_OVERRIDABLE)


def _copy(profile: QoSProfile) -> QoSProfile:
    # Overrides are written into the profile, and rclpy's are shared by all.
    return QoSProfile(
        history=profile.history,
        depth=profile.depth,
        reliability=profile.reliability,
        durability=profile.durability,
    )


class TopicEvents:
    """What the middleware said about one topic, counted, and told in words.

    lost: messages of a subscription that the middleware lost. late: deadlines missed.
    """

    def __init__(self, topic: str, kind: str, warn: Callable[[str], None]) -> None:
        """kind: 'subscription' or 'publisher', as in the names of QoS parameters."""
        self.lost = 0
        self.late = 0
        self._topic, self._kind, self._warn = topic, kind, warn
        self._incompatible = ''
        self._lock = threading.Lock()

    @property
    def problem(self) -> str:
        """What the user should put right, in one line; '' where nothing is wrong."""
        return self._incompatible

    def subscription_callbacks(self) -> SubscriptionEventCallbacks:
        """Return what a subscription of the topic is to be made with."""
        return SubscriptionEventCallbacks(
            incompatible_qos=self._on_incompatible,
            message_lost=self._on_lost,
            deadline=self._on_deadline,
        )

    def publisher_callbacks(self) -> PublisherEventCallbacks:
        """Return what a publisher of the topic is to be made with."""
        return PublisherEventCallbacks(
            incompatible_qos=self._on_incompatible, deadline=self._on_deadline
        )

    def _on_incompatible(self, event: Any) -> None:
        policy = rclpy.qos.qos_policy_name_from_kind(event.last_policy_kind).lower()
        other = 'publisher' if self._kind == 'subscription' else 'subscriber'
        line = (
            f'a {other} of {self._topic} has another {policy} than this node, so no message goes '
            f'between them: set qos_overrides.{self._topic}.{self._kind}.{policy}, or change it '
            'there'
        )
        with self._lock:
            known, self._incompatible = self._incompatible, line
        if known != line:
            self._warn(line)

    def _on_lost(self, event: Any) -> None:
        with self._lock:
            self.lost = event.total_count

    def _on_deadline(self, event: Any) -> None:
        with self._lock:
            self.late = event.total_count
