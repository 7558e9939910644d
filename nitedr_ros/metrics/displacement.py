"""By how much one thermal image lies beside another, measured on the images alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]

WINDOW = 45
"""Side of the window in which displacement is measured, pixels."""
_POINTS = 100
_APART = 17
# Weaker corners than this part of the strongest are measured too badly.
_WEAKEST = 0.1
# Evens out that one image comes from fewer pixels and has noise.
_BLUR_PX = 1.5
_LEVELS = 4
_BACK_PX = 0.5
_DARKEST, _BRIGHTEST = 0.5, 99.5
_ONE_UNIT = 0.1


@dataclass(frozen=True, eq=False)
class Displacement:
    """Where the image was measured, and what came out.

    points: float32 [N, 2], pixels (x, y) of the reference. vectors: float32 [N, 2], pixels, how
    far what has most texture in the window around the point is displaced in the other image.
    tried: points of the reference with enough texture, of which N were found again.
    """

    points: Float32
    vectors: Float32
    tried: int

    @property
    def lengths(self) -> Float32:
        """Length of each vector, float32 [N], pixels."""
        return np.asarray(np.hypot(self.vectors[:, 0], self.vectors[:, 1]), np.float32)


def displacement(
    reference: npt.NDArray[Any], moved: npt.NDArray[Any], mask: UInt8 | None = None
) -> Displacement:
    """Measure the displacement of `moved` against `reference` at the reference's corners.

    reference, moved: real [H, W] of one size, ValueError otherwise; of one unit, or of two
    that grow alike, whatever the offset. mask: uint8 [H, W], 0 where `moved` shows nothing.
    Pyramidal Lucas-Kanade in windows of WINDOW pixels at corners whose window lies within image
    and mask; a point counts where the way back ends within half a pixel of it. Displacements of up
    to some 100 pixels are found.
    Source: Bouguet, "Pyramidal Implementation of the Lucas Kanade Feature Tracker", 2000.
    """
    if reference.shape != moved.shape or reference.ndim != 2:
        raise ValueError(
            f'expected two images [H, W] of one size, got {reference.shape} and {moved.shape}'
        )
    valid = np.ones(moved.shape, bool) if mask is None else mask != 0
    valid &= np.isfinite(moved) & np.isfinite(reference)
    inside = _inside(valid)
    if not inside.any():
        return _nothing()
    first, second = _in_one_window(reference, moved, valid)
    points = _corners(first, inside)
    if not len(points):
        return _nothing()
    there, found = _follow(first, second, points)
    back, found_back = _follow(second, first, there)
    off = np.hypot(*(back - points).T)
    kept = found & found_back & (off < _BACK_PX)
    return Displacement(points[kept], (there - points)[kept], len(points))


def _nothing() -> Displacement:
    none = np.zeros((0, 2), np.float32)
    return Displacement(none, none, 0)


def _inside(valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return where a whole window is valid."""
    eroded = cv2.erode(
        valid.astype(np.uint8),
        np.ones((WINDOW, WINDOW), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(eroded != 0)


def _in_one_window(
    reference: npt.NDArray[Any], moved: npt.NDArray[Any], valid: npt.NDArray[np.bool_]
) -> tuple[UInt8, UInt8]:
    """Bring both to 8 bit by the reference's range, without a difference in unit or offset."""
    sampled = valid[::4, ::4]
    first, second = (_blurred(image, valid) for image in (reference, moved))
    here, there = first[::4, ::4][sampled], second[::4, ::4][sampled]
    low, high = np.percentile(here, (_DARKEST, _BRIGHTEST))
    span = max(float(high - low), 1e-6)
    gain = span / max(float(np.subtract(*np.percentile(there, (_BRIGHTEST, _DARKEST)))), 1e-6)
    if abs(gain - 1.0) < _ONE_UNIT:
        gain = 1.0
    shift = float(np.median(here) - gain * np.median(there))
    return _eight_bit(first, low, span), _eight_bit(gain * second + shift, low, span)


def _blurred(image: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> Float32:
    """Return the image without noise, and grey where it is not valid."""
    filled = np.where(valid, image, np.median(image[::4, ::4][valid[::4, ::4]]))
    return np.asarray(cv2.GaussianBlur(filled.astype(np.float32), (0, 0), _BLUR_PX), np.float32)


def _eight_bit(image: Float32, low: float, span: float) -> UInt8:
    return np.asarray(np.clip(np.rint((image - low) * (255.0 / span)), 0, 255), np.uint8)


def _corners(image: UInt8, inside: npt.NDArray[np.bool_]) -> Float32:
    """Return the strongest corners, float32 [N, 2], measured over the window that is followed."""
    strength = cv2.cornerMinEigenVal(image, WINDOW)
    strength[~inside] = 0.0
    highest = cv2.dilate(strength, np.ones((_APART, _APART), np.uint8))
    rows, columns = np.nonzero(
        (strength == highest) & (strength > max(_WEAKEST * float(strength.max()), 1e-9))
    )
    order = np.argsort(-strength[rows, columns], kind='stable')[:_POINTS]
    return np.stack((columns[order], rows[order]), axis=1).astype(np.float32)


def _follow(first: UInt8, second: UInt8, points: Float32) -> tuple[Float32, npt.NDArray[np.bool_]]:
    """Return where the points of one image lie in the other, and which were found."""
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.005)
    there, status, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        points[:, None],
        points[:, None].copy(),
        winSize=(WINDOW, WINDOW),
        maxLevel=_LEVELS,
        criteria=stop,
    )
    return np.asarray(there, np.float32).reshape(-1, 2), np.asarray(status).ravel() == 1
