"""Which part of the sensor an image shows, and at which scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.pixels import resizing

Float64 = npt.NDArray[np.float64]


def image_scaling(info: CameraInfo, height: int, width: int, crop: tuple[int, int]) -> Float64:
    """Return what brings pixels of the calibration to those of an image, [3, 3] homogeneous.

    height, width: of the image, without the rows cut off at its top and bottom (`crop`). The
    calibration may be of the image with these rows or without. Binning by b averages: the first
    image pixel's centre lies (b - 1) / 2 sensor pixels behind the first sensor pixel's.
    Raises CalibrationError where size or shape can't be that of the calibration.
    """
    if info.width <= 0 or info.height <= 0:
        raise CalibrationError(
            f'expected the size of the calibration, got {info.width}x{info.height}; '
            'calibrate again'
        )
    roi = info.roi
    x, y = roi.x_offset, roi.y_offset
    window_width, window_height = roi.width or info.width - x, roi.height or info.height - y
    if (
        min(x, y) < 0
        or min(window_width, window_height) < 1
        or x + window_width > info.width
        or y + window_height > info.height
    ):
        raise CalibrationError(
            f'expected a region of interest within {info.width}x{info.height}, got '
            f'{roi.width}x{roi.height} at {x}, {y}; repair the camera driver'
        )
    bin_x, bin_y = max(1, info.binning_x), max(1, info.binning_y)
    expected_width, expected_height = window_width // bin_x, window_height // bin_y
    rows_and_top = ((height, 0), (height + sum(crop), crop[0]))
    for rows, top in rows_and_top:
        if (width, rows) == (expected_width, expected_height):
            return _cropped(top) @ resizing(1.0 / bin_x, 1.0 / bin_y, (x, y))
    for rows, top in rows_and_top:
        if expected_width and abs(width * expected_height / expected_width - rows) < 1.0:
            scale_x = width / expected_width / bin_x
            scale_y = rows / expected_height / bin_y
            return _cropped(top) @ resizing(scale_x, scale_y, (x, y))
    raise CalibrationError(
        f'expected images of {expected_width}x{expected_height} or of that shape, as calibrated, '
        f'got {width}x{height}; calibrate at the size that the camera sends'
    )


def _cropped(top: int) -> Float64:
    return resizing(1.0, 1.0, (0.0, float(top)))
