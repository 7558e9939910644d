"""The status that goes out with every output frame, and the summary for /diagnostics."""

from __future__ import annotations

from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import UNDECODABLE, UNWANTED, Statistics
from nitedr_ros.pipeline.status import ERROR, OK, WARN, Status

HARDWARE_ID = 'nitedr'


def _milliseconds(value_ns: int | None) -> str:
    return 'none' if value_ns is None else f'{value_ns / 1e6:.3f}'


def _drops(statistics: Statistics) -> dict[str, str]:
    return {
        f'drops/{sensor.value}/{reason}': str(count)
        for sensor in Sensor
        for reason, count in statistics.drops_of(sensor).items()
    }


def frame_status(output: Output, statistics: Statistics) -> Status:
    """Return what a detector must know about one output frame.

    Keys: mode, reason, skew_ms (thermal minus visible, after offsets), thermal_age_ms (since its
    arrival), thermal_reused, thermal_frozen, waited_ms, stages (comma-separated), infer_ms, and
    drops/CAMERA/REASON, the drops so far. Level: OK in full mode, WARN in every degraded one.
    """
    values = {
        'mode': output.mode.value,
        'reason': output.reason,
        'skew_ms': _milliseconds(output.skew_ns),
        'thermal_age_ms': _milliseconds(output.thermal_age_ns),
        'thermal_reused': str(output.reused).lower(),
        'thermal_frozen': str(output.thermal_frozen).lower(),
        'waited_ms': _milliseconds(output.waited_ns),
        'stages': ','.join(output.stages),
        'infer_ms': _milliseconds(output.inference_ns),
        **_drops(statistics),
    }
    level = OK if output.mode is Mode.FULL else WARN
    return Status(level, 'nitedr: frame', output.reason or 'full', HARDWARE_ID, values)


def pipeline_status(pipeline: Pipeline) -> Status:
    """Return the summary of the pipeline so far, for /diagnostics.

    Level: ERROR when nothing has come out though visible frames came in, WARN when a calibration
    or the cameras' clocks must be put right, in a degraded mode, or when engine failures or drops
    for undecodable messages were counted, else OK.
    """
    statistics, clock, engine = pipeline.statistics, pipeline.clock, pipeline.engine.info
    undecodable = sum(n for (_, reason), n in statistics.drops.items() if reason == UNDECODABLE)
    level, message = OK, 'running'
    if undecodable:
        level, message = WARN, f'{undecodable} messages could not be decoded'
    if statistics.engine_failures:
        level, message = WARN, f'the engine failed on {statistics.engine_failures} frames'
    mode = statistics.mode
    if mode is not None and mode is not Mode.FULL and engine.engine != 'passthrough':
        level, message = WARN, f'{mode.value}: {statistics.reason}'
    if pipeline.warnings:
        level, message = WARN, pipeline.warnings[0]
    if statistics.received[Sensor.VISIBLE] > 0 and not statistics.outputs:
        level, message = ERROR, 'frames come in, none has gone out'
        if statistics.drops[Sensor.VISIBLE, UNWANTED]:
            level, message = OK, 'idle: nobody subscribes to any output'
    values = {
        'engine': engine.engine,
        'precision': engine.precision,
        'model': f'{engine.model} {engine.model_version}'.strip(),
        'registration': pipeline.registration.kind,
        'mode': '' if mode is None else mode.value,
        'reason': statistics.reason,
        'received/visible': str(statistics.received[Sensor.VISIBLE]),
        'received/thermal': str(statistics.received[Sensor.THERMAL]),
        'outputs': str(statistics.outputs),
        'pairs': str(statistics.pairs),
        'skew_mean_ms': f'{statistics.mean_skew_ns / 1e6:.3f}',
        'skew_max_ms': f'{statistics.max_skew_ns / 1e6:.3f}',
        **{f'modes/{mode.value}': str(n) for mode, n in statistics.modes.items()},
        **_drops(statistics),
    }
    for stage, summary in clock.summaries().items():
        values[f'latency/{stage}_p50_ms'] = f'{summary.p50_ms:.3f}'
        values[f'latency/{stage}_p95_ms'] = f'{summary.p95_ms:.3f}'
        values[f'latency/{stage}_p99_ms'] = f'{summary.p99_ms:.3f}'
    return Status(level, 'nitedr: pipeline', message, HARDWARE_ID, values)
