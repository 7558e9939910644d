"""The range of a thermal image that is shown, from black to white."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import FrameError

# Percentiles of a grid of about this many samples are within a tenth of a percentile of the
# whole image's, and take a fraction of the time.
_SAMPLES = 20_000
# Counts: less contrast than this is sensor noise, and would be blown up to full contrast.
_SMALLEST_INTEGER_SPAN = 8.0
# Of the magnitude of the values: where float32 itself runs out of steps.
_SMALLEST_FLOAT_SPAN = 1e-5
_SMALLEST_SPAN = 1e-12


@dataclass(frozen=True)
class Window:
    """A range of thermal values, in the unit of the image.

    low: becomes 0. high: becomes 255. Always low < high.
    """

    low: float
    high: float

    def towards(self, target: Window, weight: float) -> Window:
        """Return the window moved by `weight` (0 stays, 1 arrives) of the way to the target."""
        return Window(
            self.low + weight * (target.low - self.low),
            self.high + weight * (target.high - self.high),
        )

    def apply(self, image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Map an image [H, W] (uint16 or float32) to uint8 [H, W], contiguous; NaN becomes 0."""
        scale = 255.0 / (self.high - self.low)
        levels = np.array(image, np.float32, order='C')
        with np.errstate(over='ignore', invalid='ignore'):
            # The half level makes the cut to integers below round.
            levels -= self.low - 0.5 / scale
            levels *= scale
        # fmax, unlike maximum, prefers the number over NaN.
        np.fmax(levels, 0.0, out=levels)
        np.minimum(levels, 255.0, out=levels)
        return levels.astype(np.uint8)


def percentile_window(
    image: npt.NDArray[Any], low_percentile: float, high_percentile: float
) -> Window:
    """Return the window between two percentiles of an image [H, W], uint16 or float32.

    Percentiles are of finite values on a grid of samples, to the nearest sample. An image with
    next to no contrast gets a small window with its values in the middle.
    Raises FrameError if no value is finite.
    """
    samples = _finite_samples(image)
    last = samples.size - 1
    low_rank, high_rank = round(last * low_percentile / 100), round(last * high_percentile / 100)
    ordered = np.partition(samples, (low_rank, high_rank))
    low, high = float(ordered[low_rank]), float(ordered[high_rank])
    if image.dtype == np.uint16:
        smallest = _SMALLEST_INTEGER_SPAN
    else:
        smallest = max(_SMALLEST_SPAN, _SMALLEST_FLOAT_SPAN * max(abs(low), abs(high)))
    if high - low < smallest:
        middle = (low + high) / 2
        low, high = middle - smallest / 2, middle + smallest / 2
    return Window(low, high)


def _finite_samples(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    stride = max(1, math.isqrt(image.size // _SAMPLES))
    grid: npt.NDArray[Any] = image[::stride, ::stride].ravel()
    if image.dtype == np.uint16:
        return grid
    finite: npt.NDArray[Any] = grid[np.isfinite(grid)]
    if finite.size == 0:
        finite = image[np.isfinite(image)]
    if finite.size == 0:
        raise FrameError(
            'thermal image: expected finite values, got only NaN or infinity; check the camera'
        )
    return finite
