"""What one thermal image says about the range of values that it needs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import FrameError
from nitedr_ros.thermal.window import Window

# Percentiles of a grid of about this many samples are within a tenth of a percentile of the
# whole image's, and take a fraction of the time.
_SAMPLES = 20_000
# Counts: less contrast than this is sensor noise, and would be blown up to full contrast.
_SMALLEST_INTEGER_SPAN = 8.0
# Of the magnitude of the values: 0.03 K of 300 K; float32 itself runs out of steps below.
_SMALLEST_FLOAT_SPAN = 1e-4
_SMALLEST_SPAN = 1e-12
# No unit of temperature reaches this, and differences of such values still fit float32.
_LARGEST = 1e30


class Scene:
    """A thermal image [H, W] of uint8, uint16 or float32, measured on a grid of its samples.

    NaN, infinity and, of uint16, 0 and 65535 don't count: dead pixels and areas without an image
    have those values. An integer image that holds nothing else is taken as it is.
    window: between the two percentiles, to the nearest sample. An image with next to no contrast
        has a small window with its values in the middle.
    median: of the same samples.
    """

    def __init__(
        self, image: npt.NDArray[Any], low_percentile: float, high_percentile: float
    ) -> None:
        """Measure an image of at least one sample; FrameError if no value is finite."""
        self._image = image
        self._step = max(1, round(math.sqrt(image.size / _SAMPLES)))
        samples = self._known(image[:: self._step, :: self._step].ravel())
        if samples.size == 0:
            samples = self._known(image.ravel())
        if samples.size == 0 and image.dtype == np.float32:
            raise FrameError(
                'thermal image: expected finite values, got only NaN or infinity; check the camera'
            )
        self._samples = samples if samples.size else image.ravel()
        last = self._samples.size - 1
        ranks = [round(last * percent / 100) for percent in (low_percentile, 50, high_percentile)]
        ordered = np.partition(self._samples, ranks)
        low, self.median, high = (
            min(max(float(ordered[rank]), -_LARGEST), _LARGEST) for rank in ranks
        )
        self._smallest = _SMALLEST_INTEGER_SPAN
        if image.dtype == np.float32:
            magnitude = max(abs(low), abs(high))
            self._smallest = max(_SMALLEST_SPAN, _SMALLEST_FLOAT_SPAN * magnitude)
        if high - low < self._smallest:
            middle = (low + high) / 2
            low, high = middle - self._smallest / 2, middle + self._smallest / 2
        self.window = Window(low, high)

    def beyond(self, window: Window) -> float:
        """Return how much of the image lies beyond a window and not beyond its own, 0 to 1."""
        own = self._outside(self.window)
        return max(0.0, (self._outside(window) - own) / self._samples.size)

    def noise(self) -> float:
        """Return the median difference between neighbours in a row, in the unit of the image.

        For white noise that is 0.95 of its standard deviation. At least about one step of the
        values.
        """
        step = 2 * self._step
        right = self._image[::step, 1::step].astype(np.float32)
        left = self._image[::step, :-1:step].astype(np.float32)
        with np.errstate(over='ignore', invalid='ignore'):
            steps = np.abs(right - left)
        steps = steps[np.isfinite(steps)]
        floor = self._smallest / _SMALLEST_INTEGER_SPAN
        return max(float(np.median(steps)), floor) if steps.size else floor

    def _outside(self, window: Window) -> int:
        low = np.count_nonzero(self._samples < window.low)
        return int(low + np.count_nonzero(self._samples > window.high))

    def _known(self, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if samples.dtype == np.uint8:
            return samples
        if samples.dtype == np.uint16:
            # 0 - 1 is the largest number, so one comparison finds both.
            known = samples - np.uint16(1) < 65_534
        else:
            known = np.isfinite(samples)
        chosen: npt.NDArray[Any] = samples if known.all() else samples[known]
        return chosen
