"""How far a rewritten graph is from the one it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx

from nitedr_ros.metrics.luma import luma_psnr
from nitedr_ros.networks.graphs.emulated import emulated
from nitedr_ros.networks.graphs.samples import Sample
from nitedr_ros.networks.graphs.session import GraphSession, UInt8
from nitedr_ros.networks.graphs.wiring import Wiring, float_tensors

MEAN_LIMIT = 0.25
"""Largest mean difference in fp16, grey levels."""
TAIL_LIMIT = 3.0
"""Largest difference that 99.9 % of the values keep to in fp16, grey levels."""
LOSS_LIMIT_DB = 0.1
"""Largest loss of luma PSNR of the de-rained images in fp16."""

_OUTPUTS = ('fused', 'derained')
_BLANK = 32


@dataclass(frozen=True)
class Limits:
    """What a rewritten graph may differ by, as of Agreement."""

    mean: float
    tail: float
    loss_db: float


HALF_LIMITS = Limits(MEAN_LIMIT, TAIL_LIMIT, LOSS_LIMIT_DB)
INT8_LIMITS = Limits(mean=0.75, tail=8.0, loss_db=0.2)


@dataclass(frozen=True)
class Agreement:
    """Differences between two graphs over some pairs.

    mean, tail: worst of all outputs, grey levels; tail is what 99.9 % of an output's values keep
    to. loss_db: how much luma PSNR the second loses on average; None without clean images. broken:
    what the second made that is no image, empty where all are. limits: what is allowed.
    """

    pairs: int
    mean: float
    tail: float
    loss_db: float | None
    broken: str
    limits: Limits = HALF_LIMITS

    @property
    def complaint(self) -> str:
        """What misses the limits, by how much; empty where all is well."""
        found = [self.broken] if self.broken else []
        limits = self.limits
        if self.mean > limits.mean:
            found.append(f'{self.mean:.3f} grey levels on average, allowed are {limits.mean:g}')
        if self.tail > limits.tail:
            found.append(
                f'99.9 % of the values by up to {self.tail:.1f}, allowed are {limits.tail:g}'
            )
        if self.loss_db is not None and self.loss_db > limits.loss_db:
            found.append(f'{self.loss_db:.2f} dB of luma PSNR, allowed are {limits.loss_db:g}')
        return '; '.join(found)


class Yardstick:
    """What a graph makes of samples, through ONNX Runtime on the CPU, to compare others with.

    Raises EngineError where it can't be run.
    """

    def __init__(self, model: onnx.ModelProto, samples: Iterable[Sample]) -> None:
        graph = GraphSession(model)
        self._made: list[tuple[Sample, dict[str, UInt8]]] = [
            (sample, graph.run(*sample.pair)) for sample in samples
        ]

    def compare(self, model: onnx.ModelProto, limits: Limits = HALF_LIMITS) -> Agreement:
        """Run another graph on the same samples, all fp16 emulated, and compare.

        Raises EngineError where it can't be run, as it is or emulated.
        """
        makers = _before_bytes(model)
        GraphSession(model)
        graph = GraphSession(emulated(model), makers, exact=True)
        means: list[float] = []
        tails: list[float] = []
        losses: list[float] = []
        broken = ''
        for sample, theirs in self._made:
            ours = graph.run(*sample.pair)
            if not all(np.isfinite(ours[name]).all() for name in makers):
                broken = broken or 'values that are no numbers'
            for name in _OUTPUTS:
                if _span(ours[name]) < _BLANK <= _span(theirs[name]):
                    broken = broken or f'a blank {name} image'
                difference = np.abs(ours[name].astype(np.int16) - theirs[name])
                means.append(float(difference.mean()))
                tails.append(float(np.percentile(difference, 99.9)))
            if sample.target is not None:
                before, after = (
                    luma_psnr(found['derained'][0], sample.target) for found in (theirs, ours)
                )
                losses.append(before - after)
        loss = float(np.mean(losses)) if losses else None
        return Agreement(len(self._made), max(means), max(tails), loss, broken, limits)


def compare(
    yardstick: onnx.ModelProto, model: onnx.ModelProto, samples: Iterable[Sample]
) -> Agreement:
    """Compare a graph in fp16 with the one it was made from, see Yardstick."""
    return Yardstick(yardstick, samples).compare(model)


def _before_bytes(model: onnx.ModelProto) -> list[str]:
    """Return the float tensors that the outputs are cast from."""
    wiring, floats = Wiring(model.graph), float_tensors(model)
    made = [wiring.nodes[wiring.maker[name]].input for name in _OUTPUTS]
    return sorted({name for names in made for name in names if name in floats})


def _span(image: UInt8) -> int:
    return int(image.max()) - int(image.min())
