"""Registration of cameras that already show the same view, at whatever resolutions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]


def register_aligned(thermal: UInt8, height: int, width: int) -> UInt8:
    """Resample an aligned thermal image to the visible image's size, pixels.

    thermal: uint8 [h, w] of the same view: both images' outer borders coincide, so that thermal
    pixel (x, y) lies at ((x + 0.5) * width / w - 0.5, (y + 0.5) * height / h - 0.5) of the visible
    image (pixel centres at integers). Result: uint8 [height, width], bilinear, or area where
    it shrinks; the same memory where the sizes agree.
    """
    if thermal.shape == (height, width):
        return thermal
    shrinks = height < thermal.shape[0] and width < thermal.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(thermal, (width, height), interpolation=method), np.uint8)
