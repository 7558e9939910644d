"""Which convolutions compute in int8, chosen by what the images lose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.graphs.agreement import INT8_LIMITS, Agreement, Yardstick
from nitedr_ros.networks.graphs.calibration import CLIPPED, Calibration, calibrate
from nitedr_ros.networks.graphs.quantised import quantisable, quantised
from nitedr_ros.networks.graphs.samples import Sample

WANTED = 0.5
"""Part of each limit that is used up at most, if it can be had: other frames may lose more."""
LEAST = 0.5
"""Part of the products that stays in int8 at least: with less, int8 would hardly pay."""
SURVEYED = 4
"""Each convolution by itself is tried on so many samples."""


@dataclass(frozen=True)
class Int8Choice:
    """A graph with some of its convolutions in int8.

    convolutions, in_int8: how many there are, and are in int8. agreement: with the graph in
    float32 on the samples.
    """

    model: onnx.ModelProto
    convolutions: int
    in_int8: int
    agreement: Agreement


def choose_int8(
    model: onnx.ModelProto, frames: Sequence[Sample], samples: Sequence[Sample]
) -> Int8Choice:
    """Return a float32 graph with as much in int8 as quality allows.

    frames: to calibrate on. samples: others, with a target each where there is one, to judge on.
    At first, all convolutions are in int8; then those go back to float, one by one, that cost most
    quality for what they compute, until no more than WANTED of the limits is used up. Where that
    can't be had, the best is returned, which may miss the limits.

    Raises EngineError for a graph without convolutions to quantise, or that can't be run.
    """
    convolutions = quantisable(model)
    if not convolutions:
        raise EngineError(
            'expected convolutions to quantise, the graph has none: export it in fp32'
        )
    calibration = calibrate(model, convolutions, (frame.pair for frame in frames))
    ranges = _best_ranges(model, calibration, Yardstick(model, [*frames, *samples]))
    kept, agreement = _kept(model, calibration.products, ranges, samples)
    total = sum(node.op_type == 'Conv' for node in model.graph.node)
    return Int8Choice(quantised(model, kept, ranges), total, len(kept), agreement)


def _best_ranges(
    model: onnx.ModelProto, calibration: Calibration, yardstick: Yardstick
) -> dict[str, float]:
    """Return the ranges that cost least with all convolutions in int8.

    Narrow ranges are finer, and clip what is bright: judged on all frames, as nights with lamps
    may be among those to calibrate on only.
    """

    def used(share: float) -> float:
        graph = quantised(model, calibration.products.keys(), calibration.ranges[share])
        return max(_used(yardstick.compare(graph, INT8_LIMITS)).values())

    return calibration.ranges[min(CLIPPED, key=used)]


def _kept(
    model: onnx.ModelProto,
    products: dict[int, int],
    ranges: dict[str, float],
    samples: Sequence[Sample],
) -> tuple[set[int], Agreement]:
    """Return the convolutions that stay in int8, and how the graph then agrees with float32."""
    yardstick = Yardstick(model, samples)

    def tried(convolutions: set[int], judge: Yardstick = yardstick) -> Agreement:
        return judge.compare(quantised(model, convolutions, ranges), INT8_LIMITS)

    kept = set(products)
    agreement = tried(kept)
    best = kept, agreement
    if _is_wanted(agreement):
        return best
    with_target = [sample for sample in samples if sample.target is not None] or samples
    few = Yardstick(model, with_target[:: -(-len(with_target) // SURVEYED)])
    alone = {index: _used(tried({index}, few)) for index in kept}
    while not _is_wanted(agreement):
        used = _used(agreement)
        worst_limit = max(used, key=lambda limit: used[limit])
        worst = max(kept, key=_cost(alone, products, worst_limit))
        kept = kept - {worst}
        if sum(products[index] for index in kept) < LEAST * sum(products.values()):
            break
        agreement = tried(kept)
        if max(_used(agreement).values()) < max(_used(best[1]).values()):
            best = kept, agreement
    return best


def _used(agreement: Agreement) -> dict[str, float]:
    """Return which part of each limit is used up."""
    limits = agreement.limits
    used = {'mean': agreement.mean / limits.mean, 'tail': agreement.tail / limits.tail}
    if agreement.loss_db is not None:
        used['loss'] = agreement.loss_db / limits.loss_db
    if agreement.broken:
        used['tail'] = float('inf')
    return used


def _is_wanted(agreement: Agreement) -> bool:
    return max(_used(agreement).values()) <= WANTED


def _cost(
    alone: dict[int, dict[str, float]], products: dict[int, int], limit: str
) -> Callable[[int], float]:
    """Return what a convolution uses up of a limit by itself, for each of its products."""
    return lambda index: alone[index][limit] / products[index]
