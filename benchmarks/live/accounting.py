"""Figures from the logs of one run: latency, ages, losses told apart, memory and CPU."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from live.options import Options
from live.processes import Sample
from live.runs import Logs

NS = 1_000_000_000
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Window:
    """What is measured: the visible frames sent after the warm-up.

    sent: by stamp, when, CLOCK_MONOTONIC ns. begin_ns, end_ns: of these times.
    """

    sent: dict[int, int]
    begin_ns: int
    end_ns: int

    @classmethod
    def of(cls, logs: Logs, warm_up_s: float) -> Window:
        """Return the window of a run."""
        frames = logs.sent['visible']
        # By stamps, which are as regular as the trigger, so that the count is right to the frame.
        first_ns = frames[0][0] + int(warm_up_s * NS)
        sent = {stamp: at_ns for stamp, at_ns in frames if stamp >= first_ns}
        times = sent.values()
        return cls(sent, min(times), max(times))

    @property
    def seconds(self) -> float:
        """How long it is, up to when the next frame would have been sent."""
        count = len(self.sent)
        return (self.end_ns - self.begin_ns) / NS * count / (count - 1)


def latencies_ms(logs: Logs, window: Window) -> list[float]:
    """Return, of each frame that reached the detector, milliseconds since it was sent."""
    first: dict[int, int] = {}
    for stamp, at_ns in logs.arrivals:
        first.setdefault(stamp, at_ns)
    return [(first[stamp] - at) / 1e6 for stamp, at in window.sent.items() if stamp in first]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return count, p50, p95, p99 and the largest; of nothing, the count alone."""
    if not values:
        return {'count': 0}
    percentiles = np.percentile(values, PERCENTILES)
    named = {f'p{p}': round(float(v), 3) for p, v in zip(PERCENTILES, percentiles, strict=True)}
    return {'count': len(values), **named, 'max': round(max(values), 3)}


def figures(logs: Logs, options: Options) -> dict[str, Any]:
    """Return everything that one run has shown, ready for JSON; latencies in milliseconds."""
    window = Window.of(logs, options.warm_up)
    latency = latencies_ms(logs, window)
    return {
        'measured_s': round(window.seconds, 2),
        'sent_rate_hz': round(len(window.sent) / window.seconds, 2),
        'output_rate_hz': round(len(latency) / window.seconds, 2),
        'latency_ms': summary(latency),
        'age_ms': summary(_status_values(logs, window, 'age_ms')),
        'losses': losses(logs),
        'node_stages_ms': _stages(logs),
        'processes': {
            name: usage(samples, window) for name, samples in logs.samples.items() if samples
        },
    }


def losses(logs: Logs) -> dict[str, Any]:
    """Return where the visible frames of the whole run have gone, from the first to the last.

    For the node: sent = lost_before_node + received; received = outputs + the drops + held.
    For all: what the detector got, each stamp once.
    """
    sent = {stamp for stamp, _ in logs.sent['visible']}
    detected = {stamp for stamp, _ in logs.arrivals} & sent
    result: dict[str, Any] = {
        'sent': len(sent),
        'thermal_sent': len(logs.sent['thermal']),
        'detected': len(detected),
        'detected_twice': len(logs.arrivals) - len({stamp for stamp, _ in logs.arrivals}),
    }
    last = _last_pipeline(logs)
    if last is None:
        return result | {'lost': len(sent) - len(detected)}
    received = int(last['received/visible'])
    without_visible = int(last.get('modes/thermal_only', 0))
    outputs = int(last['outputs']) - without_visible
    drops = _drops(last, 'visible')
    return result | {
        'received': received,
        'lost_before_node': len(sent) - received,
        'outputs': outputs,
        'outputs_without_visible': without_visible,
        'drops': drops,
        'held': received - outputs - sum(drops.values()),
        'lost_after_node': outputs - len(detected),
        'thermal_received': int(last['received/thermal']),
        'thermal_lost_before_node': len(logs.sent['thermal']) - int(last['received/thermal']),
        'thermal_drops': _drops(last, 'thermal'),
        'lost_by_middleware': _camera_counts(logs, 'lost_by_middleware'),
    }


def usage(samples: Sequence[Sample], window: Window) -> dict[str, Any]:
    """Return the CPU that a process took and how its memory grew while it was measured.

    resident_growth_mib: median of the last tenth of the samples minus that of the tenth which
    follows the first fifth, when all that is made once has been made.
    """
    measured = [s for s in samples if window.begin_ns <= s.at_ns <= window.end_ns]
    if len(measured) < 2:
        return {}
    first, last = measured[0], measured[-1]
    resident = [sample.resident_mib for sample in measured]
    count = len(resident)
    tenth, fifth = max(1, count // 10), count // 5
    growth = statistics.median(resident[-tenth:]) - statistics.median(
        resident[fifth : fifth + tenth]
    )
    return {
        'cpu_percent': round(
            100 * NS * (last.cpu_s - first.cpu_s) / (last.at_ns - first.at_ns), 1
        ),
        'resident_mib': round(resident[-1], 1),
        'resident_max_mib': round(max(resident), 1),
        'resident_growth_mib': round(growth, 2),
        'resident_series_mib': [round(value, 1) for value in resident],
    }


def _status_values(logs: Logs, window: Window, key: str) -> list[float]:
    return [
        float(values[key])
        for stamp, statuses in logs.statuses
        if stamp in window.sent
        for values in statuses.values()
        if key in values
    ]


def _last_pipeline(logs: Logs) -> dict[str, str] | None:
    for _, statuses in reversed(logs.diagnostics):
        if 'pipeline' in statuses:
            return statuses['pipeline']
    return None


def _drops(values: dict[str, str], camera: str) -> dict[str, int]:
    prefix = f'drops/{camera}/'
    return {
        key.removeprefix(prefix): int(value)
        for key, value in values.items()
        if key.startswith(prefix)
    }


def _camera_counts(logs: Logs, key: str) -> dict[str, int]:
    last = logs.diagnostics[-1][1]
    return {
        name.removesuffix(' camera'): int(values[key])
        for name, values in last.items()
        if key in values
    }


def _stages(logs: Logs) -> dict[str, float]:
    last = _last_pipeline(logs) or {}
    prefix = 'latency/'
    return {
        key.removeprefix(prefix).removesuffix('_ms'): float(value)
        for key, value in last.items()
        if key.startswith(prefix)
    }
