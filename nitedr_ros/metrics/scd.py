"""Whether what a fused image adds to one source comes from the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.correlation import correlation


def scd(visible: npt.NDArray[Any], thermal: npt.NDArray[Any], fused: npt.NDArray[Any]) -> float:
    """Return the sum of the correlations of differences, -2..2; more is better.

    All: real, of one shape, ValueError otherwise: corr(fused - thermal, visible) +
    corr(fused - visible, thermal), where a uniform difference counts as 0.
    Source: Aslantas and Bendes, "A new image quality metric for image fusion: the sum of the
    correlations of differences", AEU International Journal of Electronics and Communications 69,
    2015.
    """
    if not visible.shape == thermal.shape == fused.shape:
        raise ValueError(
            'expected three images of one size, '
            f'got {visible.shape}, {thermal.shape} and {fused.shape}'
        )
    result = fused.astype(np.float64)
    return correlation(result - thermal, visible) + correlation(result - visible, thermal)
