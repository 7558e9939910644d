"""Single samples that say themselves that they are invalid, replaced from their neighbours."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.thermal.window import Window

_LARGEST_COUNT = 65_535
_BLOCK = np.ones((3, 3), np.uint8)
_ROWS, _COLUMNS = (steps.ravel() for steps in np.mgrid[-1:2, -1:2])


def without_dead_pixels(image: npt.NDArray[Any], window: Window) -> npt.NDArray[Any]:
    """Return an image [H, W] whose dead pixels are the mean of their valid neighbours.

    Invalid are NaN and infinity in float32, and 0 and 65535 in uint16 where they lie farther from
    the window of the scene than that is wide: a 16-bit image that isn't radiometric may well use
    them. They are dead pixels (or rows or columns, up to two wide) unless they belong to an area
    of 3 x 3 or more, which stays what it is. A sample at the upper end stays too if a neighbour
    is hotter than the window: optics spread what is truly hot over several pixels.
    An image with nothing to replace, and any of uint8, comes back as it is.
    """
    invalid = _invalid(image, window)
    if invalid is None:
        return image
    areas = cv2.morphologyEx(invalid, cv2.MORPH_OPEN, _BLOCK)
    places = np.flatnonzero(invalid > areas)
    if places.size == 0:
        return image
    height, width = image.shape
    rows, columns = np.divmod(places, width)
    around_y, around_x = rows[:, None] + _ROWS, columns[:, None] + _COLUMNS
    inside = (around_y >= 0) & (around_y < height) & (around_x >= 0) & (around_x < width)
    around_y, around_x = around_y.clip(0, height - 1), around_x.clip(0, width - 1)
    valid = inside & (invalid[around_y, around_x] == 0)
    values = np.where(valid, image[around_y, around_x], 0).astype(np.float64)
    # Not being part of a 3 x 3 area, each has a valid neighbour.
    means = values.sum(axis=1) / valid.sum(axis=1)
    hot = np.where(valid, values, -np.inf).max(axis=1) > window.high
    saturated = image[rows, columns] >= _upper_end(image)
    dead = ~(hot & saturated)
    repaired = image.copy()
    if image.dtype == np.uint16:
        means = np.rint(means)
    repaired[rows[dead], columns[dead]] = means[dead].astype(image.dtype)
    return repaired


def _upper_end(image: npt.NDArray[Any]) -> float:
    return float(_LARGEST_COUNT) if image.dtype == np.uint16 else float(np.inf)


def _invalid(image: npt.NDArray[Any], window: Window) -> npt.NDArray[np.uint8] | None:
    """Return uint8 [H, W], 1 where invalid, or None where nothing is."""
    if image.dtype == np.float32:
        finite = np.isfinite(image)
        return None if finite.all() else np.asarray(~finite, np.uint8)
    if image.dtype != np.uint16:
        return None
    low = window.low > window.span and image.min() == 0
    high = _LARGEST_COUNT - window.high > window.span and image.max() == _LARGEST_COUNT
    if not (low or high):
        return None
    found = np.zeros(image.shape, np.bool_)
    if low:
        found |= image == 0
    if high:
        found |= image == _LARGEST_COUNT
    return found.view(np.uint8)
