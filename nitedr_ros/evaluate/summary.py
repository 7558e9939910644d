"""Means over images, by group and over all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nitedr_ros.evaluate.image_scores import ImageScores, Scores

DIGITS = 5


def summarise(images: Sequence[ImageScores]) -> dict[str, Any]:
    """Return the means of the images' scores as plain data; at least one image.

    `deraining` (None where there is none) is over the images with rain: `images`, `input`,
    `derained`, `gain_db`, and how many became `worse`. `dry` is over those without, the output
    against the input. `fusion` is over all, by name of the fusion.
    """
    rainy = [image for image in images if image.dry is False]
    dry = [image for image in images if image.dry]
    return {
        'images': len(images),
        'deraining': _deraining(rainy) if rainy else None,
        'dry': _dry(dry) if dry else None,
        'fusion': {
            name: _means([image.fusion[name] for image in images]) for name in images[0].fusion
        },
    }


def rounded(scores: Scores | None) -> Scores | None:
    """Return the scores as they are written."""
    return scores and {name: round(value, DIGITS) for name, value in scores.items()}


def _deraining(images: list[ImageScores]) -> dict[str, Any]:
    gains = [image.gain_db for image in images if image.gain_db is not None]
    return {
        'images': len(images),
        'input': _means([image.input for image in images]),
        'derained': _means([image.derained for image in images]),
        'gain_db': round(float(np.mean(gains)), DIGITS),
        'worse': sum(gain < 0 for gain in gains),
    }


def _dry(images: list[ImageScores]) -> dict[str, Any]:
    return {'images': len(images), 'derained': _means([image.derained for image in images])}


def _means(images: Sequence[Scores | None]) -> Scores:
    rows = [scores for scores in images if scores is not None]
    return {name: round(float(np.mean([row[name] for row in rows])), DIGITS) for name in rows[0]}
