"""How long a camera has delivered the very same picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class Stillness:
    """Compares each image with the one before, bit by bit."""

    def __init__(self) -> None:
        self._last: npt.NDArray[Any] | None = None
        self._still_ns = 0

    def see(self, image: npt.NDArray[Any], elapsed_ns: int) -> int:
        """Return for how long the image [H, W] has been the same, ns; 0 if it is new.

        elapsed_ns: since the image before. The image is copied: its memory may be used again.
        """
        if self._last is not None and _same(self._last, image):
            self._still_ns += elapsed_ns
        else:
            self._still_ns = 0
            self._last = np.array(image, order='C')
        return self._still_ns


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    # NaN equals NaN here, so the bits are compared. One row of a live camera's noise is enough.
    bits = np.dtype(f'u{one.dtype.itemsize}')
    middle = len(one) // 2
    return np.array_equal(one[middle].view(bits), other[middle].view(bits)) and np.array_equal(
        one.view(bits), other.view(bits)
    )
