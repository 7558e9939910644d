"""What a replay did, in figures: `report.json`."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nitedr_ros import __version__
from nitedr_ros.config.schema import Config
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import Statistics

Report = dict[str, Any]


def versions() -> dict[str, str]:
    """Return the versions of all that has a share in the figures."""
    found = {'nitedr_ros': __version__, 'python': platform.python_version()}
    for name in ('numpy', 'opencv-python-headless', 'opencv-python', 'onnxruntime', 'openvino'):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def camera_counts(statistics: Statistics, sensor: Sensor) -> dict[str, Any]:
    """Return how many frames of one camera came, and how many were dropped for which reason."""
    return {
        'received': statistics.received[sensor],
        'dropped': statistics.dropped_total(sensor),
        'drops': statistics.drops_of(sensor),
    }


def build_report(
    pipeline: Pipeline,
    config: Config,
    *,
    source: dict[str, Any],
    seconds: float,
    notes: list[str],
) -> Report:
    """Return the report of a finished run as plain data for JSON.

    source: what was read (path, topics, losses). seconds: from the first message to the last
    output, bag reading and writing included. notes: what the user was told on the way.
    """
    statistics = pipeline.statistics
    outputs = statistics.outputs
    return {
        'input': source,
        'engine': asdict(pipeline.engine.info),
        'visible': camera_counts(statistics, Sensor.VISIBLE),
        'thermal': camera_counts(statistics, Sensor.THERMAL),
        'outputs': outputs,
        'pairs': statistics.pairs,
        'pairs_with_reused_thermal': statistics.reused,
        'skew_ms': {
            'mean': round(statistics.mean_skew_ns / 1e6, 3),
            'max': round(statistics.max_skew_ns / 1e6, 3),
        },
        'drops': {sensor.value: statistics.drops_of(sensor) for sensor in Sensor},
        'modes': {mode.value: count for mode, count in statistics.modes.items()},
        'engine_failures': statistics.engine_failures,
        'registration': pipeline.registration.kind,
        'size_changes': statistics.size_changes,
        'latency': {
            stage: summary.as_dict() for stage, summary in pipeline.clock.summaries().items()
        },
        'seconds': round(seconds, 3),
        'frames_per_second': round(outputs / seconds, 2) if seconds > 0 else 0.0,
        'notes': notes,
        'versions': versions(),
        'config': config.model_dump(mode='json'),
    }
