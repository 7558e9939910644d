"""Coordinates of pixels, whose centres lie at integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_AT_ONCE = 16_384


def pixel_grid(height: int, width: int) -> Float64:
    """Return the coordinates (u, v) of all pixels of an image, float64 [height, width, 2]."""
    u, v = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    return np.stack((u, v), axis=-1)


def map_pixels(height: int, width: int, mapping: Callable[[Float64], Float64]) -> Float64:
    """Return what `mapping` makes of the coordinates of all pixels, float64 [height, width, 2].

    mapping: takes pixels [..., 2] and returns others. It gets a few rows at a time, so that what
    it computes in between stays in the processor's cache.
    """
    u, v = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    mapped = np.empty((height, width, 2))
    rows = max(1, _AT_ONCE // width)
    for top in range(0, height, rows):
        strip = np.stack(np.meshgrid(u, v[top : top + rows]), axis=-1)
        mapped[top : top + rows] = mapping(strip)
    return mapped


def resizing(scale_x: float, scale_y: float, origin: tuple[float, float] = (0.0, 0.0)) -> Float64:
    """Return what cropping and then resizing does to homogeneous pixels, float64 [3, 3].

    origin: first pixel that is kept (u, v). The result maps u to
    (u - origin_u + 0.5) * scale_x - 0.5, and v alike; left of K it gives the new K.
    """
    u, v = origin
    return np.array(
        [
            [scale_x, 0.0, (0.5 - u) * scale_x - 0.5],
            [0.0, scale_y, (0.5 - v) * scale_y - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )


def transform_pixels(matrix: Float64, pixels: Float64) -> Float64:
    """Apply a homography [3, 3] to pixels [..., 2], float64.

    NaN where it sends a pixel to infinity or to the other side of it.
    """
    mapped = pixels @ matrix[:, :2].T + matrix[:, 2]
    depth = mapped[..., 2:]
    with np.errstate(all='ignore'):
        return np.where(depth > 0.0, mapped[..., :2] / depth, np.nan)
