"""How much a video changes from frame to frame beyond what the scene does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def flicker(before: Float64, after: Float64, true_before: Float64, true_after: Float64) -> float:
    """Return the mean size of the change between two frames that the true change doesn't explain.

    All: float64 of one shape, in the same unit as the result; ValueError otherwise. An error that
    stays the same in both frames is none.
    """
    shapes = {image.shape for image in (before, after, true_before, true_after)}
    if len(shapes) > 1:
        raise ValueError(f'expected images of one size, got {sorted(shapes)}')
    return float(np.mean(np.abs((after - before) - (true_after - true_before))))
