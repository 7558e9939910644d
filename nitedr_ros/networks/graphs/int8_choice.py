"""Which convolutions compute in int8, chosen by what the images lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.graphs.agreement import INT8_LIMITS, Agreement, Limits, Yardstick
from nitedr_ros.networks.graphs.calibration import calibrate
from nitedr_ros.networks.graphs.quantised import quantisable, quantised
from nitedr_ros.networks.graphs.samples import Sample

AIM = Limits(INT8_LIMITS.mean, INT8_LIMITS.tail, INT8_LIMITS.loss_db / 2)
"""What is chosen until it is reached; half of the loss allowed, as other frames may lose more."""
LEAST = 0.5
"""Part of all products that stays in int8 at least: with less, int8 would hardly pay."""
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

    frames: to calibrate on. samples: others to judge on, some of them with a target.

    At first, all convolutions are in int8; then those go back to float, one by one, that cost most
    for each of their products, until AIM is reached. Where it is not, the best is returned, which
    may miss INT8_LIMITS. Raises EngineError for a graph without convolutions, or that can't be
    run.
    """
    convolutions = quantisable(model)
    if not convolutions:
        raise EngineError('expected convolutions to quantise, got a graph without: use fp32')
    calibration = calibrate(model, convolutions, (frame.pair for frame in frames))
    search = _Search(model, calibration.ranges, calibration.products, samples)
    kept, agreement = search.run()
    total = sum(node.op_type == 'Conv' for node in model.graph.node)
    chosen = quantised(model, kept, calibration.ranges)
    return Int8Choice(chosen, total, len(kept), agreement)


class _Search:
    def __init__(
        self,
        model: onnx.ModelProto,
        ranges: Mapping[str, float],
        products: Mapping[int, int],
        samples: Sequence[Sample],
    ) -> None:
        self.model = model
        self.ranges = ranges
        self.products = products
        self.samples = samples
        self.yardstick = Yardstick(model, samples)

    def run(self) -> tuple[frozenset[int], Agreement]:
        """Return the convolutions that stay in int8, and how the graph agrees then."""
        kept = frozenset(self.products)
        best, least = (kept, self._tried(kept, self.yardstick)), LEAST * self._cost(kept)
        found = best[1]
        alone = {} if _furthest(found)[0] <= 1 else self._alone()
        while _furthest(found)[0] > 1:
            limit = _furthest(found)[1]
            kept -= {max(kept, key=lambda index: alone[index][limit] / self.products[index])}
            if self._cost(kept) < least:
                break
            found = self._tried(kept, self.yardstick)
            if _furthest(found) < _furthest(best[1]):
                best = kept, found
        return best

    def _tried(self, convolutions: frozenset[int], yardstick: Yardstick) -> Agreement:
        graph = quantised(self.model, convolutions, self.ranges)
        return yardstick.compare(graph, INT8_LIMITS)

    def _cost(self, convolutions: frozenset[int]) -> int:
        return sum(self.products[index] for index in convolutions)

    def _alone(self) -> dict[int, dict[str, float]]:
        """Return what each convolution uses up by itself."""
        judges = [sample for sample in self.samples if sample.target is not None]
        few = Yardstick(self.model, judges[:: -(-len(judges) // SURVEYED)])
        return {index: _used(self._tried(frozenset([index]), few)) for index in self.products}


def _used(found: Agreement) -> dict[str, float]:
    """Return which part of each limit of AIM is used up."""
    if found.broken:
        return dict.fromkeys(('mean', 'tail', 'loss'), float('inf'))
    used = {'mean': found.mean / AIM.mean, 'tail': found.tail / AIM.tail}
    if found.loss_db is not None:
        used['loss'] = found.loss_db / AIM.loss_db
    return used


def _furthest(found: Agreement) -> tuple[float, str]:
    """Return which part is used up of the limit of which most is, and its name."""
    return max((part, limit) for limit, part in _used(found).items())
