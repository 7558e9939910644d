"""Telemetry rows, which some cameras send above or below the image (FLIR Lepton, Boson)."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import FrameError

SMALLEST_HEIGHT = 16
"""Rows that must be left where telemetry is cut off: less is a mistake in the parameters."""


def without_telemetry(image: npt.NDArray[Any], config: ThermalConfig) -> npt.NDArray[Any]:
    """Return an image [H, W] without its crop_top first and crop_bottom last rows, as a view.

    Raises FrameError: an image without pixels, or with less than SMALLEST_HEIGHT rows left.
    """
    top, bottom = config.crop_top, config.crop_bottom
    height, width = image.shape
    left = height - top - bottom
    if top or bottom:
        if left < SMALLEST_HEIGHT:
            raise FrameError(
                f'thermal image of {width}x{height}: expected at least {SMALLEST_HEIGHT} rows '
                f'beside {top} above and {bottom} below, got {max(left, 0)}; correct '
                'thermal.crop_top and thermal.crop_bottom'
            )
        image = image[top : height - bottom]
    if image.size == 0:
        raise FrameError(
            f'thermal image: expected pixels, got {width}x{height}; check the camera driver'
        )
    return image
