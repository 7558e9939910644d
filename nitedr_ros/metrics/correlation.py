"""Correlation of two images."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def correlation(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Return the linear correlation of two images, -1..1; 0 where one of them is uniform.

    Both: real, of one shape, ValueError otherwise; any unit.
    Source: Pearson's coefficient over all pixels.
    """
    if first.shape != second.shape:
        raise ValueError(f'expected two images of one size, got {first.shape} and {second.shape}')
    one = first.astype(np.float64) - first.mean(dtype=np.float64)
    other = second.astype(np.float64) - second.mean(dtype=np.float64)
    spread = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / spread if spread > 0.0 else 0.0
