"""The executable `nitedr_node`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import rclpy
from rclpy.signals import uninstall_signal_handlers

from nitedr_ros.engines.registry import open_engine
from nitedr_ros.errors import ConfigError, NitedrError
from nitedr_ros.node.engine_loader import OpenEngine
from nitedr_ros.node.executors import make_executor, spin
from nitedr_ros.node.nitedr_node import NitedrNode

_EXECUTOR_STOP_S = 0.3


def run(args: Sequence[str] | None = None, open_engine: OpenEngine = open_engine) -> int:
    """Run the node until it is told to end, by SIGINT or SIGTERM.

    args: the command line, None for that of the process. open_engine: how engines are made.
    Returns the exit code: 0, or that of the error which kept the node from starting.
    """
    try:
        rclpy.init(args=args)
    except Exception as error:  # noqa: BLE001 - rclpy's error type is not public
        reason = ' '.join(str(error).split())
        return _fail(ConfigError(f'the command line or a parameter file: {reason}'))
    try:
        node = NitedrNode(open_engine)
    except NitedrError as error:
        return _fail(error)
    try:
        executor = make_executor(node.parameters.config.node.executor)
    except NitedrError as error:
        node.destroy_node()
        return _fail(error)
    executor.add_node(node)
    node.begin()
    spin(executor, node.report_error)
    _ignore_signals()
    ended = node.stop()
    executor.shutdown(timeout_sec=_EXECUTOR_STOP_S)
    node.destroy_node()
    rclpy.try_shutdown()
    if not ended:
        # A runtime that is still compiling can't be interrupted and must not hold up the end.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


def main() -> None:
    """Run the node and end the process."""
    sys.exit(run())


def _ignore_signals() -> None:
    """Let nothing interrupt the end: a launch file sends SIGINT, and so does its terminal."""
    uninstall_signal_handlers()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _fail(error: NitedrError) -> int:
    print(f'nitedr_node: {error}', file=sys.stderr)  # noqa: T201 - no node, no logger
    rclpy.try_shutdown()
    return error.exit_code


if __name__ == '__main__':
    main()
