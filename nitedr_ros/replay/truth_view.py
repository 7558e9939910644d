"""The truth in the view of an output."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.pixels import Float64, pixel_grid
from nitedr_ros.geometry.resampling import Resampling

Size = tuple[int, int]

_SAME_PX = 1e-3


class TruthView:
    """Brings truth images of one size and camera into the view of outputs of another.

    mask: bool [h, w], where the truth shows what the output does; None where it does everywhere.
    """

    def __init__(
        self, true_size: Size, true_info: CameraInfo | None, size: Size, info: CameraInfo | None
    ) -> None:
        """Prepare the way from one to the other.

        true_size, size: (height, width) of the truth's images and of the outputs. true_info, info:
        their calibrations; where one is missing or says nothing, both show the same view.
        Raises CalibrationError where one contradicts itself.
        """
        grid = pixel_grid(*size)
        pixels = _true_pixels(grid, true_size, true_info, size, info)
        self.mask: npt.NDArray[np.bool_] | None = None
        self._resampling: Resampling | None = None
        if true_size != size or not np.allclose(pixels, grid, rtol=0.0, atol=_SAME_PX):
            self._resampling = Resampling(pixels, *true_size, replicate=True)
            seen = self._resampling.mask != 0
            self.mask = None if seen.all() else seen

    def apply(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a truth image in the view of the output: [h, w] or [h, w, C], the same type."""
        return image if self._resampling is None else self._resampling.apply(image)


@lru_cache(maxsize=8)
def truth_view(
    true_size: Size, true_info: CameraInfo | None, size: Size, info: CameraInfo | None
) -> TruthView:
    """Return such a view; the last few are kept."""
    return TruthView(true_size, true_info, size, info)


def _true_pixels(
    grid: Float64,
    true_size: Size,
    true_info: CameraInfo | None,
    size: Size,
    info: CameraInfo | None,
) -> Float64:
    """Return the truth's pixel of each output pixel, float64 [h, w, 2]."""
    if true_info is None or info is None or not (true_info.calibrated and info.calibrated):
        scale = np.array((true_size[1] / size[1], true_size[0] / size[0]))
        return np.asarray((grid + 0.5) * scale - 0.5, np.float64)
    truth, output = CameraModel.of(true_info, *true_size), CameraModel.of(info, *size)
    # Both cameras stand in one place; what is common to them is the rectified frame.
    rectified = output.rays(grid) @ output.rotation.T
    return truth.project(np.asarray(rectified @ truth.rotation, np.float64))
