"""What the processes of one measurement share: topics, quality of service, logs, the start signal.

Every process keeps its log in memory while it measures and writes it, as JSON, when it ends.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions

VISIBLE = '/visible/image_raw'
THERMAL = '/thermal/image_raw'
RELAYED = '/relay/image'
FUSED = '/nitedr/fused/image'
STATUS = '/nitedr/status'
DIAGNOSTICS = '/diagnostics'
READY = 'ready'
"""What a process prints when it is set up."""


def image_qos(name: str) -> QoSProfile:
    """Return the quality of service by its name: sensor (best effort, 5) or reliable (10)."""
    if name == 'sensor':
        return qos_profile_sensor_data
    return QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)


def stamp_ns(message: Any) -> int:
    """Return the stamp of a message with a header, nanoseconds since the epoch."""
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


@contextmanager
def ros_node(name: str) -> Iterator[Node]:
    """Yield a node of the plainest kind; SIGINT ends the program as it ends any other."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node(name, start_parameter_services=False)
    try:
        yield node
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def say_ready() -> None:
    """Tell the measurement that this process is set up."""
    sys.stdout.write(f'{READY}\n')
    sys.stdout.flush()


def spin_until_interrupted(node: Node) -> None:
    """Run callbacks until SIGINT; a callback that runs then is finished first."""
    ended = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGINT, end)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    say_ready()
    while not ended:
        executor.spin_once(timeout_sec=0.2)
    executor.shutdown()


def log_arrivals(node: Node, topic: str, msgtype: Any, qos: QoSProfile) -> list[tuple[int, int]]:
    """Return a list that grows by (stamp, CLOCK_MONOTONIC on arrival), ns, with each message."""
    arrivals: list[tuple[int, int]] = []

    def note(message: Any) -> None:
        now = time.monotonic_ns()
        arrivals.append((stamp_ns(message), now))

    node.create_subscription(msgtype, topic, note, qos)
    return arrivals


def write_log(path: Path, log: Any) -> None:
    """Write what a process has measured."""
    path.write_text(json.dumps(log))
