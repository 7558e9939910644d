"""The numeric check: an engine is trusted once it computes what ONNX Runtime computes in fp32."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from nitedr_ros.engines.engine import Engine, Image
from nitedr_ros.errors import EngineError

MEAN_LIMIT = 1.0
"""Largest mean difference to the yardstick, grey levels."""
TAIL_LIMIT = 12.0
"""Largest difference that 99.9 % of the values keep to, grey levels."""
_BLANK = 32
"""Grey levels between the darkest and the brightest value of an image that shows something."""


def sample_pair(height: int = 192, width: int = 256) -> tuple[Image, Image]:
    """Return a drawn rainy night scene: visible uint8 [H, W, 3] RGB, thermal uint8 [H, W]."""
    rng = np.random.default_rng(20240415)
    visible = np.full((height, width, 3), 18.0, np.float32)
    visible[height // 2 :] += np.linspace(10, 60, height - height // 2, dtype=np.float32)[
        :, None, None
    ]
    for x in range(20, width, 60):
        cv2.circle(visible, (x, height // 4), 5, (255, 220, 160), -1, cv2.LINE_AA)
    visible += np.asarray(cv2.GaussianBlur(visible, (0, 0), 9)) * 0.5
    for _ in range(60):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.line(visible, (x, y), (x + 4, y + 18), (150, 150, 150), 1, cv2.LINE_AA)
    visible += rng.normal(0, 3, visible.shape).astype(np.float32)
    thermal = np.full((height, width), 70.0, np.float32)
    thermal[: height // 2] = 30
    cv2.ellipse(thermal, (width // 2, height // 2), (12, 34), 0, 0, 360, 230, -1, cv2.LINE_AA)
    thermal += rng.normal(0, 2, thermal.shape).astype(np.float32)
    return (
        np.clip(visible, 0, 255).astype(np.uint8),
        np.clip(thermal, 0, 255).astype(np.uint8),
    )


def sample_pairs(height: int, width: int) -> list[tuple[Image, Image]]:
    """Return scenes that a graph may go wrong on: night, bright, almost dark, without thermal.

    As of `sample_pair`, all of that size, pixels.
    """
    visible, thermal = sample_pair(height, width)
    bright = np.clip(visible.astype(np.int16) * 2 + 60, 0, 255).astype(np.uint8)
    return [
        (visible, thermal),
        (bright, thermal),
        (visible // 4, thermal),
        (visible, np.zeros_like(thermal)),
    ]


@dataclass(frozen=True)
class Differences:
    """How far images are from those of the yardstick, grey levels.

    mean: the largest mean of an image. tail: the largest of what 99.9 % of an image's values keep
    to.
    """

    mean: float
    tail: float

    def __str__(self) -> str:
        """Say it in words."""
        return (
            f'differs by {self.mean:.2f} grey levels on average, 99.9 % by at most {self.tail:.0f}'
        )


def differences(who: str, images: Iterable[tuple[str, Image, Image]]) -> Differences:
    """Return how far images are from the yardstick's, accepted.

    who: made them, for errors. images: what each shows, the image, and the yardstick's of the same
    shape. Raises EngineError where one is blank, or is further off than the limits.
    """
    worst_mean = worst_tail = 0.0
    for name, ours, theirs in images:
        if _span(ours) < _BLANK <= _span(theirs):
            raise EngineError(
                f'{who} gives a blank {name} image on the sample scene: '
                f'choose another engine or precision'
            )
        difference = np.abs(ours.astype(np.float32) - theirs.astype(np.float32))
        worst_mean = max(worst_mean, float(difference.mean()))
        worst_tail = max(worst_tail, float(np.percentile(difference, 99.9)))
    found = Differences(worst_mean, worst_tail)
    if worst_mean > MEAN_LIMIT or worst_tail > TAIL_LIMIT:
        raise EngineError(
            f'{who} {found}; allowed are {MEAN_LIMIT:g} and {TAIL_LIMIT:g}: choose another engine '
            'or precision'
        )
    return found


def check_engine(
    engine: Engine, yardstick: Engine, size: tuple[int, int] | None = None
) -> Differences:
    """Compare an engine with the yardstick on a drawn scene and return the differences.

    size: height and width of the scene, pixels, where the model takes one size only. Raises
    EngineError where an output is blank or further off than the limits.
    """
    visible, thermal = sample_pair() if size is None else sample_pair(*size)
    ours, theirs = engine.infer(visible, thermal), yardstick.infer(visible, thermal)
    return differences(
        f'{engine.info.engine} {engine.info.precision}',
        [('fused', ours.fused, theirs.fused), ('derained', ours.derained, theirs.derained)],
    )


def _span(image: Image) -> int:
    return int(image.max()) - int(image.min())
