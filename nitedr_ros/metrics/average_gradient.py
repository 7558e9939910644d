"""How much detail an image has, by the steepness of its slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def average_gradient(image: npt.NDArray[Any]) -> float:
    """Return the mean of sqrt((dx^2 + dy^2) / 2) (AG), in the image's unit per pixel.

    image: real [H, W], at least 2 pixels each way, ValueError otherwise. dx and dy are the steps
    to the next pixel right and below; the last row and column have none.
    Source: Cui, Feng, Xu, Li and Chen, "Detail preserved fusion of visible and infrared images
    using regional saliency extraction and multi-scale image decomposition", Optics Communications
    341, 2015.
    """
    if image.ndim != 2 or min(image.shape) < 2:
        raise ValueError(
            f'expected an image [H, W] of 2 pixels or more each way, got {image.shape}'
        )
    values = image.astype(np.float64)
    across, down = np.diff(values, axis=1)[:-1], np.diff(values, axis=0)[:, :-1]
    return float(np.sqrt((across * across + down * down) / 2.0).mean())
