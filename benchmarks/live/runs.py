"""Sets up the processes of each kind of measurement, lets them run, and reads their logs."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live.options import Options
from live.processes import END_S, READY_S, Processes, Sample
from live.wire import FUSED, READY, RELAYED, VISIBLE

# Two periods of /diagnostics, and what the node holds back between two summaries of its own.
SETTLE_S = 3.0

TOPICS = {'node': FUSED, 'relay': RELAYED, 'pubsub': VISIBLE}
"""Where the detector listens, for each kind of measurement."""
SUBSCRIBERS = {'node': (1, 1), 'relay': (1, 0), 'pubsub': (1, 0)}
"""Of the visible and of the thermal images."""


@dataclass(frozen=True)
class Logs:
    """What the processes of one run have noted; times are CLOCK_MONOTONIC, nanoseconds.

    sent: of each camera, (stamp, time before it was sent). arrivals: at the detector, (stamp,
    time). statuses: by stamp. diagnostics: (time, figures by status and name). samples: of each
    process.
    """

    sent: dict[str, list[tuple[int, int]]]
    arrivals: list[tuple[int, int]]
    statuses: list[tuple[int, dict[str, dict[str, str]]]]
    diagnostics: list[tuple[int, dict[str, dict[str, str]]]]
    samples: dict[str, list[Sample]]


def run(kind: str, options: Options) -> Logs:
    """Make one measurement: node, relay or pubsub. Raises MeasurementError."""
    with tempfile.TemporaryDirectory() as folder, Processes(Path(folder)) as processes:
        # What comes from a camera itself is best effort.
        qos = 'sensor' if kind == 'pubsub' else options.detector_qos
        topic = f'--topic={TOPICS[kind]}'
        ours = [
            processes.start_ours('detector', _log(processes, 'detector'), topic, f'--qos={qos}')
        ]
        if kind == 'node':
            ours.append(processes.start_ours('watcher', _log(processes, 'watcher')))
            processes.start('node', *_node_command(options))
        elif kind == 'relay':
            ours.append(processes.start_ours('relay', f'--qos={qos}'))
        for process in ours:
            process.wait_for_line(READY)
        cameras = processes.start_ours('cameras', *_camera_arguments(kind, processes, options))
        processes.wait_for(cameras, options.warm_up + options.seconds + READY_S + END_S)
        if kind == 'node':
            time.sleep(SETTLE_S)
            processes.all['node'].stop()
        for process in reversed(ours):
            process.stop()
        told: dict[str, Any] = {'statuses': [], 'diagnostics': []}
        if kind == 'node':
            told = _read(processes, 'watcher')
        return Logs(
            sent=_read(processes, 'cameras'),
            arrivals=_read(processes, 'detector'),
            statuses=told['statuses'],
            diagnostics=told['diagnostics'],
            samples={name: process.samples for name, process in processes.all.items()},
        )


def _camera_arguments(kind: str, processes: Processes, options: Options) -> list[str]:
    return [
        _log(processes, 'cameras'),
        f'--seconds={options.warm_up + options.seconds}',
        f'--rate={options.rate}',
        f'--thermal-rate={options.thermal_rate}',
        *('--size', *map(str, options.size)),
        *('--subscribers', *map(str, SUBSCRIBERS[kind])),
    ]


def _log(processes: Processes, name: str) -> str:
    return f'--log={processes.log(name)}'


def _read(processes: Processes, name: str) -> Any:
    return json.loads(processes.log(name).read_text())


def _node_command(options: Options) -> list[str]:
    command = list(options.command) or [sys.executable, '-m', 'nitedr_ros.node.main']
    if options.engine_ms is not None:
        command = [sys.executable, '-m', 'live.slow_node', str(options.engine_ms)]
    parameters = [word for value in options.parameters for word in ('-p', _assignment(value))]
    return [*command, '--ros-args', *parameters]


def _assignment(text: str) -> str:
    name, _, value = text.partition('=')
    return f'{name}:={value}'
