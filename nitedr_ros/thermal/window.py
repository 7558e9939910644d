"""The range of thermal values that is shown, from black to white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Window:
    """A range of thermal values, in the unit of the image.

    low: becomes 0. high: becomes 255. Always low < high.
    """

    low: float
    high: float

    @property
    def span(self) -> float:
        """From black to white, in the unit of the image; more than 0."""
        return self.high - self.low

    def towards(self, target: Window, weight: float) -> Window:
        """Return the window moved by `weight` (0 stays, 1 arrives) of the way to the target."""
        # In this form, all of the way is the target itself, whatever the magnitudes.
        low = (1.0 - weight) * self.low + weight * target.low
        high = (1.0 - weight) * self.high + weight * target.high
        return Window(low, high) if low < high else target

    def at_most(self, moved: Window, levels: float) -> Window:
        """Return `moved`, or what lies on the way to it where that changes the picture too much.

        levels: most by which the grey level of any value in this window may change, at least 0.
        """
        # Both ends may move at once, and the levels are counted in the window that results.
        step = self.span * levels / (255.0 + 2.0 * levels)
        return Window(
            min(max(moved.low, self.low - step), self.low + step),
            min(max(moved.high, self.high - step), self.high + step),
        )

    def apply(self, image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Map an image [H, W] (uint16 or float32) to uint8 [H, W], contiguous; NaN becomes 0.

        Values are rounded to the nearest level, those beyond the window to its ends.
        """
        values = np.array(image, np.float32, order='C')
        with np.errstate(over='ignore', invalid='ignore'):
            values -= np.float32(self.low)
            np.clip(values, np.float32(0.0), np.float32(self.span), out=values)
        if image.dtype != np.uint16:
            # What a conversion to integers makes of NaN depends on the processor.
            values[np.isnan(values)] = 0.0
        return np.asarray(cv2.convertScaleAbs(values, alpha=255.0 / self.span), np.uint8)
