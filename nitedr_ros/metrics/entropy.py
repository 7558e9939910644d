"""Entropy of an image's grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.intp]


def entropy(image: npt.NDArray[Any]) -> float:
    """Return the entropy of the histogram of 256 grey levels in bits, 0..8 (EN).

    image: real, 0..255, any shape, rounded to the next level, from halfway to the even one;
    ValueError for other values.
    Source: Roberts, van Aardt and Ahmed, "Assessment of image fusion procedures using entropy,
    image quality, and multispectral classification", Journal of Applied Remote Sensing 2, 2008.
    """
    return entropy_of(counts_of_levels(np.rint(image)))


def entropy_of(counts: Counts) -> float:
    """Return the entropy in bits of what was counted; at least one count is not 0."""
    shares = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def counts_of_levels(image: npt.NDArray[Any]) -> Counts:
    """Return how many pixels have each level, integer [256]; ValueError beyond 0..255."""
    levels = image.ravel().astype(np.intp)
    if levels.size == 0 or levels.min() < 0 or levels.max() > 255:
        raise ValueError('expected an image with grey levels of 0 to 255')
    return np.bincount(levels, minlength=256)
