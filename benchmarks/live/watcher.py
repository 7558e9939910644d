"""Keeps what the node says about itself: the status of each frame, and the diagnostics."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import QoSProfile

from live.wire import (
    DIAGNOSTICS,
    STATUS,
    ros_node,
    spin_until_interrupted,
    stamp_ns,
    write_log,
)


def values(message: Any) -> dict[str, dict[str, str]]:
    """Return the figures of each status of a message, by the last part of its name."""
    return {
        status.name.rpartition(': ')[2]: {pair.key: pair.value for pair in status.values}
        for status in message.status
    }


def main() -> None:
    """Listen until SIGINT, then write what was said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--log', type=Path, required=True)
    options = parser.parse_args()
    statuses: list[tuple[int, dict[str, dict[str, str]]]] = []
    diagnostics: list[tuple[int, dict[str, dict[str, str]]]] = []
    with ros_node('watcher') as node:
        node.create_subscription(
            DiagnosticArray,
            STATUS,
            lambda message: statuses.append((stamp_ns(message), values(message))),
            QoSProfile(depth=100),
        )
        node.create_subscription(
            DiagnosticArray,
            DIAGNOSTICS,
            lambda message: diagnostics.append((time.monotonic_ns(), values(message))),
            QoSProfile(depth=100),
        )
        spin_until_interrupted(node)
        write_log(options.log, {'statuses': statuses, 'diagnostics': diagnostics})


if __name__ == '__main__':
    main()
