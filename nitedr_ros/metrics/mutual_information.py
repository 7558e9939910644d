"""How much one image tells about another."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.entropy import counts_of_levels, entropy_of


def mutual_information(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Return the mutual information of two images in bits, from their 256 x 256 joint histogram.

    Both: real, 0..255, of one shape, ValueError otherwise; what lies from n up to n + 1 is in
    bin n.
    Source: Qu, Zhang and Yan, "Information measure for performance of image fusion", Electronics
    Letters 38, 2002; the score of a fused image (MI) is the sum over both sources.
    """
    if first.shape != second.shape:
        raise ValueError(f'expected two images of one size, got {first.shape} and {second.shape}')
    alone = sum(entropy_of(counts_of_levels(image)) for image in (first, second))
    together = first.ravel().astype(np.intp) * 256 + second.ravel().astype(np.intp)
    return max(0.0, alone - entropy_of(np.bincount(together, minlength=65_536)))
