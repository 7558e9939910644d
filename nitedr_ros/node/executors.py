"""The executor of the node's callbacks, which survives a callback that raises."""

from __future__ import annotations

from collections.abc import Callable

import rclpy.executors
from rclpy.exceptions import InvalidHandle
from rclpy.executors import Executor, ExternalShutdownException

from nitedr_ros.config.schema import ExecutorName
from nitedr_ros.errors import ConfigError

THREADS = 2
"""Threads of the multi-threaded executor: one for the cameras, one for all else."""


def make_executor(name: ExecutorName) -> Executor:
    """Return the executor of that name; ConfigError where this ROS 2 has none such.

    `auto` is the single-threaded one: callbacks do so little that a second thread brings nothing
    and costs latency, see `benchmarks/live.py`.
    """
    if name == 'multi':
        return rclpy.executors.MultiThreadedExecutor(THREADS)
    if name == 'events':
        try:
            from rclpy.experimental import EventsExecutor  # noqa: PLC0415 - newer than Jazzy
        except ImportError:
            raise ConfigError(
                'node.executor: expected single or multi, as this ROS 2 has no events executor'
            ) from None
        return EventsExecutor()
    return rclpy.executors.SingleThreadedExecutor()


def spin(executor: Executor, on_error: Callable[[Exception], None]) -> None:
    """Run callbacks until the context is shut down; what one raises is told to on_error."""
    last: Exception | None = None
    while executor.context.ok():
        try:
            executor.spin()
        except (KeyboardInterrupt, ExternalShutdownException):
            return
        except InvalidHandle:
            # A topic was withdrawn by another thread; rclpy notices that in most places itself.
            continue
        except Exception as error:  # noqa: BLE001 - a callback that raises must not end the node
            # The multi-threaded executor may raise the same one more than once.
            if error is not last and executor.context.ok():
                on_error(error)
            last = error
