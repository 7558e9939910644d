"""What the scores of a replay are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Compared:
    """Luma of an image, and of the truth in its view, float64 [H, W], 0..255.

    mask: bool [H, W], where the truth shows what the image does; None where it does everywhere.
    """

    luma: Float64
    true_luma: Float64
    mask: npt.NDArray[np.bool_] | None

    def of(self, image: Float64) -> Float64:
        """Return the values [N] of an image [H, W] that may be compared."""
        return image.ravel() if self.mask is None else image[self.mask]


@dataclass
class Mean:
    """A mean over frames, and the largest."""

    total: float = 0.0
    largest: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        """Take one frame's value."""
        self.total += value
        self.largest = max(self.largest, value)
        self.count += 1

    def rounded(self, digits: int) -> float | None:
        """Return the mean; None without frames."""
        return round(self.total / self.count, digits) if self.count else None
