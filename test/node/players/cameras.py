"""Plays cameras to a node under test, in a process of its own; see plan.py for the steps.

Reads lines of JSON, from the file that is named or from standard input as they come: the first is
{"topics": {NAME: topic, ...}}, the others are steps. Prints one line of JSON for each message
sent: to, stamp_ns, sent_ns (CLOCK_MONOTONIC), and for images size and crc32 of the data. At the
end of its input it waits until all reliable messages have arrived, and prints {"end": true}.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rclpy
from messages import MESSAGE_MAKERS, bag_messages, message_type, restamp
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plan import Step
    from rclpy.node import Node
    from rclpy.publisher import Publisher

TIMEOUT_S = 60.0


class Cameras:
    """Publishes what a plan says, at the pace it says."""

    def __init__(self, node: Node, topics: dict[str, Step]) -> None:
        self._node = node
        self._topics = topics
        self._publishers: dict[str, Publisher] = {}
        self._due_s = time.monotonic()
        for name in topics:
            self._switch_on(name)

    def play(self, step: Step) -> None:
        """Do one step."""
        self._wait(step.get('after_s', 0.0))
        action = step['do']
        if action == 'on':
            self._switch_on(step['to'])
        elif action == 'off':
            self._node.destroy_publisher(self._publishers.pop(step['to']))
        elif action == 'bag':
            self._play_bag(step)
        elif action != 'pause':
            message = MESSAGE_MAKERS[action](step)
            self._send(step['to'], message, step)

    def finish(self) -> None:
        """Wait until everything that must arrive has."""
        for name in self._publishers:
            self._wait_acknowledged(name)

    def _play_bag(self, step: Step) -> None:
        speed, before_ns = step.get('speed', 0.0), None
        for receive_ns, name, message in bag_messages(step):
            if speed and before_ns is not None:
                self._wait((receive_ns - before_ns) / 1e9 / speed)
            before_ns = receive_ns
            if step.get('now'):
                restamp(message, time.time_ns())
            self._send(name, message, step)

    def _send(self, name: str, message: Any, step: Step) -> None:
        sent_ns = time.monotonic_ns()
        self._publishers[name].publish(message)
        if step.get('acknowledged'):
            self._wait_acknowledged(name)
        line: dict[str, Any] = {'to': name, 'sent_ns': sent_ns}
        header = getattr(message, 'header', None)
        if header is not None:
            line['stamp_ns'] = header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
        data = getattr(message, 'data', None)
        if data is not None:
            line |= {'size': len(data), 'crc32': zlib.crc32(data)}
        _tell(line)

    def _wait(self, seconds: float) -> None:
        """Wait until so long after the step before was due, so that delays don't add up."""
        now = time.monotonic()
        self._due_s = self._due_s + seconds if seconds else now
        if self._due_s > now:
            time.sleep(self._due_s - now)

    def _switch_on(self, name: str) -> None:
        topic = self._topics[name]
        qos = QoSProfile(depth=topic['depth'])
        if not topic['reliable']:
            qos.reliability = ReliabilityPolicy.BEST_EFFORT
        if topic['latched']:
            qos.durability = DurabilityPolicy.TRANSIENT_LOCAL
        msgtype = message_type(topic['type'])
        publisher = self._node.create_publisher(msgtype, topic['topic'], qos)
        self._publishers[name] = publisher
        deadline = time.monotonic() + TIMEOUT_S
        while publisher.get_subscription_count() < topic['matched']:
            if time.monotonic() > deadline:
                found = publisher.get_subscription_count()
                raise SystemExit(
                    f'{topic["topic"]}: expected {topic["matched"]} subscribers, found {found}'
                )
            time.sleep(0.01)

    def _wait_acknowledged(self, name: str) -> None:
        if not self._publishers[name].wait_for_all_acked(Duration(seconds=TIMEOUT_S)):
            raise SystemExit(f'{name}: expected all messages to arrive, some have not')


def play(lines: Iterable[str]) -> None:
    """Play a whole plan."""
    steps = (json.loads(line) for line in lines if line.strip())
    with ExitStack() as stack:
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        stack.callback(rclpy.try_shutdown)
        node = rclpy.create_node('cameras', start_parameter_services=False)
        stack.callback(node.destroy_node)
        cameras = Cameras(node, next(steps)['topics'])
        for step in steps:
            cameras.play(step)
        cameras.finish()
    _tell({'end': True})


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + '\n')
    sys.stdout.flush()


def main() -> None:
    """Play the plan of a file, or the steps that come on standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('plan', nargs='?', type=Path, help='file of JSON lines')
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        if options.plan is None:
            play(iter(sys.stdin.readline, ''))
        else:
            play(options.plan.read_text().splitlines())


if __name__ == '__main__':
    main()
