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
"""Largest mean difference, grey levels."""
TAIL_LIMIT = 3.0
"""Largest difference that 99.9 % of the values keep to, grey levels."""
LOSS_LIMIT_DB = 0.1
"""Largest loss of luma PSNR of the de-rained images."""

_OUTPUTS = ('fused', 'derained')
_BLANK = 32


@dataclass(frozen=True)
class Agreement:
    """Differences between two graphs over some pairs.

    mean, tail: worst of all outputs, grey levels; tail is what 99.9 % of an output's values keep
    to. loss_db: how much luma PSNR the second loses on average; None without clean images. broken:
    what the second made that is no image, empty where all are.
    """

    pairs: int
    mean: float
    tail: float
    loss_db: float | None
    broken: str

    @property
    def complaint(self) -> str:
        """What misses the limits, by how much; empty where all is well."""
        found = [self.broken] if self.broken else []
        if self.mean > MEAN_LIMIT:
            found.append(f'{self.mean:.3f} grey levels on average, allowed are {MEAN_LIMIT:g}')
        if self.tail > TAIL_LIMIT:
            found.append(
                f'99.9 % of the values by up to {self.tail:.1f}, allowed are {TAIL_LIMIT:g}'
            )
        if self.loss_db is not None and self.loss_db > LOSS_LIMIT_DB:
            found.append(f'{self.loss_db:.2f} dB of luma PSNR, allowed are {LOSS_LIMIT_DB:g}')
        return '; '.join(found)


def compare(
    yardstick: onnx.ModelProto, model: onnx.ModelProto, samples: Iterable[Sample]
) -> Agreement:
    """Run both graphs on the samples through ONNX Runtime on the CPU, all fp16 emulated.

    Raises EngineError where one can't be run, as it is or emulated.
    """
    makers = _before_bytes(model)
    GraphSession(model)
    first, second = GraphSession(yardstick), GraphSession(emulated(model), makers, exact=True)
    means: list[float] = []
    tails: list[float] = []
    losses: list[float] = []
    broken = ''
    for sample in samples:
        theirs, ours = (graph.run(sample.visible, sample.thermal) for graph in (first, second))
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
    return Agreement(len(means) // len(_OUTPUTS), max(means), max(tails), loss, broken)


def _before_bytes(model: onnx.ModelProto) -> list[str]:
    """Return the float tensors that the outputs are cast from."""
    wiring, floats = Wiring(model.graph), float_tensors(model)
    made = [wiring.nodes[wiring.maker[name]].input for name in _OUTPUTS]
    return sorted({name for names in made for name in names if name in floats})


def _span(image: UInt8) -> int:
    return int(image.max()) - int(image.min())
