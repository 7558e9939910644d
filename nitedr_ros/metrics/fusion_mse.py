"""How far a fused image is from its sources."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def fusion_mse(
    visible: npt.NDArray[Any], thermal: npt.NDArray[Any], fused: npt.NDArray[Any]
) -> float:
    """Return the mean squared difference to the sources, mean of both, of a range of 0..1.

    All: real, 0..255, of one shape, ValueError otherwise. The average of the sources has the
    least there can be.
    Source: Ma, Ma and Li, "Infrared and visible image fusion methods and applications: A survey",
    Information Fusion 45, 2019.
    """
    if not visible.shape == thermal.shape == fused.shape:
        raise ValueError(
            'expected three images of one size, '
            f'got {visible.shape}, {thermal.shape} and {fused.shape}'
        )
    result = fused.astype(np.float64)
    errors = [float(((source - result) ** 2).mean()) for source in (visible, thermal)]
    return sum(errors) / 2.0 / 255.0**2
