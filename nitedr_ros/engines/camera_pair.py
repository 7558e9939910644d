"""A pair of images as two cameras gave it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class CameraPair:
    """One pair as the cameras gave it, and how it becomes one view.

    visible: uint8 of `CameraFrames.visible.shape`. thermal: uint8 of `CameraFrames.thermal.shape`;
    None where there is nothing to fuse. visible_grid, thermal_grid: float32 [1, H, W, 2], see
    `geometry.sampling_grid`; the same object as long as the view is the same. thermal_range: gain
    and offset from values to grey levels. thermal_weight: float32 [H, W] in 0 to 1, the same
    object likewise; None for 1 everywhere.
    """

    visible: UInt8
    thermal: UInt8 | None
    visible_grid: Float32
    thermal_grid: Float32 | None
    thermal_range: tuple[float, float]
    thermal_weight: Float32 | None
