"""How much detail an image has, by the size of its steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def spatial_frequency(image: npt.NDArray[Any]) -> float:
    """Return the root mean square of the steps to the next pixel (SF), in the image's unit.

    image: real [H, W], at least 2 pixels each way, ValueError otherwise. The mean squares of the
    steps across and of those down are added.
    Source: Eskicioglu and Fisher, "Image quality measures and their performance", IEEE Trans.
    Communications 43, 1995; each mean is over the steps that there are.
    """
    if image.ndim != 2 or min(image.shape) < 2:
        raise ValueError(
            f'expected an image [H, W] of 2 pixels or more each way, got {image.shape}'
        )
    values = image.astype(np.float64)
    across, down = np.diff(values, axis=1), np.diff(values, axis=0)
    return float(np.sqrt((across * across).mean() + (down * down).mean()))
