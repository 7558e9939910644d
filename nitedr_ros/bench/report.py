"""The figures as plain data for JSON: what was measured on, then each combination's results."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nitedr_ros.bench.against import PublishedFrame
from nitedr_ros.bench.benchmark import BenchJob, Benchmark
from nitedr_ros.bench.beside import BesideTurn
from nitedr_ros.bench.combination import Combination
from nitedr_ros.bench.floor import BYTES_IN, BYTES_OUT, floor_of
from nitedr_ros.bench.measurement import Measurement
from nitedr_ros.bench.opening import Opened, Refused
from nitedr_ros.bench.quality import Quality
from nitedr_ros.bench.rates import Rates
from nitedr_ros.bench.turns import FRAME, SequentialTurn
from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.pipeline.latency import LatencySummary

SCHEMA = 1
"""Raised by one whenever a figure changes its name or meaning."""

Report = dict[str, Any]
_MIB = 2**20
_BEYOND = (
    'more than all was reached: the rates of products and copies were measured while other '
    'programs computed, and are too low; measure again on an idle machine'
)


def build_report(
    job: BenchJob,
    found: Benchmark,
    config: EngineConfig,
    metadata: dict[str, Any],
    notes: list[str],
) -> Report:
    """Return everything that was found; what isn't known is null.

    metadata: of the machine. notes: what the user should know.
    """
    results = [_result(each, found) for each in found.measurements]
    if any((each['floor']['share'] or 0.0) > 1.0 for each in results):
        notes = [*notes, _BEYOND]
    return {
        'schema': SCHEMA,
        'metadata': metadata,
        'settings': {
            'seconds': job.seconds,
            'frames': 'drawn' if job.folder is None else str(job.folder),
            'scenes': found.scenes,
            'beside': job.beside,
            'engine': config.model_dump(mode='json'),
        },
        'results': results,
        'refused': [_refusal(each) for each in found.refused],
        'beside_refused': [_refusal(each) for each in found.neighbours],
        'rates': [
            {'device': device, 'precision': precision, **_rates(rates)}
            for (device, precision), rates in found.rates.items()
        ],
        'published': [
            {
                'height': height,
                'width': width,
                'runtime': frame.info.runtime,
                'precision': frame.info.precision,
                'seconds': _rounded(frame.seconds, 3),
            }
            for (height, width), frame in found.published.items()
        ],
        'seconds': _rounded(found.seconds, 1),
        'notes': notes,
    }


def _result(each: Measurement, found: Benchmark) -> Report:
    opened, turn = each.opened, each.sequential
    combination = opened.combination
    info = opened.engine.info
    latency = turn.clock.summaries()
    frame = latency[FRAME]
    multiplied = found.gmac[combination.model, combination.size]
    rates = found.rates.get((combination.device, combination.precision), Rates())
    pipelined = each.pipelined
    return {
        **asdict(combination),
        'device': combination.device,
        'runtime': info.runtime,
        'model_version': info.model_version,
        'model_sha256': info.model_sha256,
        'latency': {stage: summary.as_dict() for stage, summary in latency.items()},
        'frames_per_second': {
            'sequential': _rounded(turn.frames_per_second, 2),
            'pipelined': None if pipelined is None else _rounded(pipelined.frames_per_second, 2),
            'depth': None if pipelined is None else pipelined.depth,
        },
        'memory': _memory(opened),
        'energy': {
            'joules_per_frame': None if turn.joules is None else turn.joules / turn.frames,
            'source': found.energy[combination.device],
        },
        'quality': None if opened.quality is None else _quality(opened.quality),
        'floor': _floor(combination, multiplied, rates, _seconds(each, frame)),
        'published': _ratio(found.published.get(combination.size), frame),
        'beside': None if each.beside is None else _beside(turn, each.beside),
    }


def _memory(opened: Opened) -> Report:
    growth = opened.growth
    return {
        'held_mib': _mib(growth.held),
        'peak_mib': _mib(growth.peak),
        'gpu_engine_mib': _mib(opened.engine.gpu_bytes),
        'gpu_process_mib': _mib(growth.gpu),
    }


def _quality(quality: Quality) -> Report:
    return {
        'frames': quality.frames,
        'mean': _rounded(quality.mean, 4),
        'tail': _rounded(quality.tail, 2),
        'derained_psnr_y_db': _rounded(quality.derained_psnr_y, 2),
    }


def _floor(
    combination: Combination, multiplied: float | None, rates: Rates, seconds: float
) -> Report:
    floor = floor_of(combination.height, combination.width, multiplied, rates)
    pixels = combination.height * combination.width
    return {
        'gmac': _rounded(multiplied, 4),
        'bytes_in': pixels * BYTES_IN,
        'bytes_out': pixels * BYTES_OUT,
        'copy_in_ms': _milliseconds(floor.copy_in),
        'copy_out_ms': _milliseconds(floor.copy_out),
        'compute_ms': _milliseconds(floor.compute),
        'floor_ms': _milliseconds(floor.seconds),
        'limit': floor.limit,
        'share': _rounded(floor.share(seconds), 4),
    }


def _seconds(each: Measurement, frame: LatencySummary) -> float:
    """Return what a frame takes: in a pipeline, where copies overlap, the time between two."""
    if each.pipelined is not None:
        return each.pipelined.seconds / each.pipelined.frames
    return frame.p50_ms / 1e3


def _ratio(published: PublishedFrame | None, frame: LatencySummary) -> Report | None:
    """Return how many times longer the published networks take; against p99, as many at least."""
    if published is None:
        return None
    return {
        'times': _rounded(published.seconds * 1e3 / frame.p50_ms, 1),
        'times_at_p99': _rounded(published.seconds * 1e3 / frame.p99_ms, 1),
    }


def _beside(ours: SequentialTurn, turn: BesideTurn) -> Report:
    return {
        'model': turn.neighbour_engine.info.model,
        'runtime': turn.neighbour_engine.info.runtime,
        'ours': _together(ours, turn.ours_together),
        'neighbour': _together(turn.neighbour, turn.neighbour_together),
    }


def _together(alone: SequentialTurn, together: SequentialTurn) -> Report:
    """Return both, and how many times as long a frame takes when the other one runs too."""
    before, after = (turn.clock.summaries()[FRAME] for turn in (alone, together))
    return {
        'alone': {
            **before.as_dict(),
            'frames_per_second': _rounded(alone.frames_per_second, 2),
        },
        'together': {
            **after.as_dict(),
            'frames_per_second': _rounded(together.frames_per_second, 2),
        },
        'times_as_long': _rounded(after.p50_ms / before.p50_ms, 3),
    }


def _rates(rates: Rates) -> Report:
    return {
        'copy_in_gb_per_s': _rounded(rates.copy_in and rates.copy_in / 1e9, 2),
        'copy_out_gb_per_s': _rounded(rates.copy_out and rates.copy_out / 1e9, 2),
        'gmac_per_s': _rounded(rates.multiply and rates.multiply / 1e9, 1),
    }


def _refusal(each: Refused) -> Report:
    return {**asdict(each.combination), 'reason': each.reason}


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1e3 * seconds, 4)


def _mib(count: int | None) -> float | None:
    return None if count is None else round(count / _MIB, 1)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
