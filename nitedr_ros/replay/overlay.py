"""Pictures by which a person judges a registration: the edges of one band drawn on the other."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]

EDGE_BGR = {'visible': (255, 190, 40), 'thermal': (40, 140, 255)}
"""Visible edges are light blue, thermal ones orange."""
_STRONG, _WEAK = 96.0, 90.0
"""Percentiles of the gradient from which an edge starts and to which it is followed."""
_DIMMED = 0.75


def edges(image: UInt8) -> UInt8:
    """Return the clear edges of an image, uint8 [H, W]: 255 on an edge, 0 elsewhere.

    image: uint8 [H, W] or [H, W, 3] BGR. Thresholds follow the image, so a dim one shows some too.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.4)
    across = np.asarray(cv2.Sobel(smooth, cv2.CV_16S, 1, 0), np.int16)
    down = np.asarray(cv2.Sobel(smooth, cv2.CV_16S, 0, 1), np.int16)
    strength = np.abs(across) + np.abs(down)
    weak, strong = np.percentile(strength, (_WEAK, _STRONG))
    return np.asarray(cv2.Canny(across, down, max(weak, 8.0), max(strong, 16.0)), np.uint8)


def overlay(base: UInt8, other: UInt8, colour: tuple[int, int, int]) -> UInt8:
    """Return `base`, dimmed, with the edges of `other` in a colour; uint8 [H, W, 3] BGR.

    base, other: uint8 [H, W] or [H, W, 3] BGR of one view and size.
    """
    picture = base if base.ndim == 3 else cv2.cvtColor(base, cv2.COLOR_GRAY2BGR)
    drawn = np.asarray(cv2.convertScaleAbs(picture, alpha=_DIMMED), np.uint8)
    drawn[edges(other) != 0] = colour
    return drawn


def overlay_pair(visible: UInt8, thermal: UInt8) -> UInt8:
    """Return both overlays side by side, uint8 [H, 2 W, 3] BGR.

    visible: uint8 [H, W, 3] RGB; thermal: uint8 [H, W], registered.
    """
    bgr = np.asarray(cv2.cvtColor(visible, cv2.COLOR_RGB2BGR), np.uint8)
    pair = (
        overlay(bgr, thermal, EDGE_BGR['thermal']),
        overlay(thermal, bgr, EDGE_BGR['visible']),
    )
    return np.asarray(np.hstack(pair), np.uint8)
