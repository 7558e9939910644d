"""Measure the live node on a real ROS 2, every process its own, all figures from one run.

  live.py node      two cameras -> the node -> a detector
  live.py relay     the same cameras -> a node that sends the visible images on -> a detector
  live.py pubsub    the same cameras -> a detector

Prints a short table; --report writes everything as JSON. With --compare, a relay and a node take
turns, and the differences of their latencies are printed, too. Latency is from just before an
image is handed to ROS by the camera until the detector's callback, on one clock.

Frames sent in the warm-up count among the losses, but not in latencies, rates, memory and CPU.
Example, an engine that is three times too slow:

  live.py node --rate 60 --engine-ms 50
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
from pathlib import Path
from typing import Any

from live.accounting import Window, figures, latencies_ms, summary
from live.options import Options
from live.processes import MeasurementError
from live.runs import TOPICS, run
from live.tables import latency_table, run_table


def image_size(text: str) -> tuple[int, int]:
    """Return width and height of WIDTHxHEIGHT."""
    width, _, height = text.partition('x')
    return int(width), int(height)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; return the exit code."""
    given = parse(arguments)
    options = Options(
        seconds=given.seconds,
        warm_up=given.warm_up,
        rate=given.rate,
        thermal_rate=given.rate if given.thermal_rate is None else given.thermal_rate,
        size=given.size,
        detector_qos=given.detector_qos,
        engine_ms=given.engine_ms,
        parameters=tuple(given.param),
        command=tuple(shlex.split(given.command)),
    )
    report: dict[str, Any] = {'machine': machine(), 'options': vars(options), 'runs': []}
    kinds = ['relay', 'node'] * given.rounds if given.compare else [given.kind] * given.rounds
    latencies: dict[str, list[float]] = {}
    try:
        for kind in kinds:
            logs = run(kind, options)
            shown = figures(logs, options)
            report['runs'].append({'kind': kind, **shown})
            sys.stdout.write(f'{run_table(kind, shown)}\n\n')
            sys.stdout.flush()
            measured = latencies_ms(logs, Window.of(logs, options.warm_up))
            latencies.setdefault(kind, []).extend(measured)
    except MeasurementError as error:
        sys.stderr.write(f'{error}\n')
        return 1
    except KeyboardInterrupt:
        return 130
    if given.compare:
        report['compared'] = compared(latencies)
        sys.stdout.write(f'{latency_table(report["compared"])}\n')
    if given.report is not None:
        given.report.write_text(json.dumps(report, indent=2) + '\n')
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('kind', choices=sorted(TOPICS), help='what is between the cameras and the detector')
    add('--seconds', type=float, default=20.0, help='how long is measured')
    add('--warm-up', type=float, default=3.0, help='seconds before that')
    add('--rounds', type=int, default=1, help='so often, one run after the other')
    add('--compare', action='store_true', help='relay and node in turns')
    add('--rate', type=float, default=30.0, help='visible images a second')
    add('--thermal-rate', type=float, help='thermal images a second, as visible by default')
    add('--size', type=image_size, default=(640, 480), help='of visible images, WIDTHxHEIGHT')
    add('--detector-qos', choices=('reliable', 'sensor'), default='reliable')
    add('--engine-ms', type=float, help='an engine that waits for so long, and does no more')
    add('--param', action='append', default=[], metavar='NAME=VALUE', help='of the node')
    add('--command', default='', help='starts the node, in place of that of these sources')
    add('--report', type=Path, help='JSON file to write')
    given = parser.parse_args(arguments)
    if not given.param and given.engine_ms is None:
        given.param = ['engine.name=passthrough']
    return given


def machine() -> dict[str, Any]:
    """Say where all this was measured."""
    models = [
        line.partition(': ')[2]
        for line in Path('/proc/cpuinfo').read_text().splitlines()
        if line.startswith('model name')
    ]
    return {
        'cpu': models[0] if models else platform.machine(),
        'cores': len(os.sched_getaffinity(0)),
        'load_before': os.getloadavg()[0],
        'python': platform.python_version(),
        'ros_distro': os.environ.get('ROS_DISTRO', ''),
        'rmw': os.environ.get('RMW_IMPLEMENTATION', 'default'),
        'cyclonedds_uri': os.environ.get('CYCLONEDDS_URI', ''),
    }


def compared(latencies: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return the latencies of all rounds together, and what the node adds to the relay."""
    node, relay = summary(latencies['node']), summary(latencies['relay'])
    added = {key: round(node[key] - relay[key], 3) for key in node if key.startswith('p')}
    return {'relay': relay, 'node': node, 'the node adds': added}


if __name__ == '__main__':
    sys.exit(main())
