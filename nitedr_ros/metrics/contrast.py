"""Contrast of an image as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def standard_deviation(image: npt.NDArray[Any]) -> float:
    """Return the standard deviation of all pixels (SD), in the image's unit.

    image: real, any shape.
    Source: Rao, "In-fibre Bragg grating sensors", Measurement Science and Technology 8, 1997, as
    studies of fusion cite it; divided by the number of pixels.
    """
    return float(image.astype(np.float64).std())
