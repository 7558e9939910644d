"""Registration of cameras that already show the same view, at whatever resolutions."""

from __future__ import annotations

from typing import TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

Scalar = TypeVar('Scalar', np.uint8, np.uint16, np.float32)


def register_aligned(image: npt.NDArray[Scalar], height: int, width: int) -> npt.NDArray[Scalar]:
    """Resample an image to another size of the same view, pixels.

    image: uint8, uint16 or float32, [h, w] or [h, w, C], of the same view: both images' outer
    borders coincide, so that its pixel (x, y) lies at ((x + 0.5) * width / w - 0.5,
    (y + 0.5) * height / h - 0.5) of the result. Result: the same type at [height, width],
    bilinear, or area where it shrinks; the same memory where the sizes agree.
    """
    if image.shape[:2] == (height, width):
        return image
    shrinks = height < image.shape[0] and width < image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast('npt.NDArray[Scalar]', cv2.resize(image, (width, height), interpolation=method))
