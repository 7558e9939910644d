"""How far an engine's images are from those of ONNX Runtime in fp32."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nitedr_ros.bench.scenes import Pair
from nitedr_ros.engines.engine import Engine, Inference
from nitedr_ros.metrics.luma import luma, psnr


@dataclass(frozen=True)
class Quality:
    """Over some frames, both outputs: differences in grey levels.

    mean: of all values. tail: what 99.9 % of an image's values keep to, in the worst image.
    derained_psnr_y: luma PSNR of all de-rained images together against fp32, dB; None where all
    are equal.
    """

    frames: int
    mean: float
    tail: float
    derained_psnr_y: float | None


def restored(engine: Engine, scenes: Sequence[Pair]) -> list[Inference]:
    """Return what an engine makes of scenes."""
    return [engine.infer(*scene) for scene in scenes]


def compared(ours: Sequence[Inference], theirs: Sequence[Inference]) -> Quality:
    """Compare images with the yardstick's of the same scenes, at least one."""
    means, tails = [], []
    for mine, right in zip(ours, theirs, strict=True):
        for first, second in ((mine.fused, right.fused), (mine.derained, right.derained)):
            difference = np.abs(first.astype(np.int16) - second)
            means.append(float(difference.mean()))
            tails.append(float(np.percentile(difference, 99.9)))
    both = [np.stack([luma(each.derained) for each in images]) for images in (ours, theirs)]
    found = psnr(both[0], both[1])
    return Quality(
        len(ours), float(np.mean(means)), max(tails), None if np.isinf(found) else found
    )
