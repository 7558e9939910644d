"""From the level view without distortion, which is what gets drawn, to the image of a camera."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.rig import RigCamera

Image = npt.NDArray[Any]

SIZE_STEP = 8
_MARGIN_PX = 2


class Optics:
    """Bends a drawn view as a camera's lens and orientation do, in one resampling.

    The view is drawn from the camera's own place, so this holds for all depths.

    view: the camera to draw with; level, without distortion, width and height multiples of 8.
        It shares the pixels of `grid` and reaches as far beyond them as the camera sees.
    window: rows and columns of `grid`'s image in the view.
    """

    def __init__(self, camera: RigCamera, grid: PinholeCamera) -> None:
        """Set up for one camera. grid: scale and principal point of the view to draw."""
        width, height = camera.pinhole.width, camera.pinhole.height
        pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2)
        rays = camera.rays(pixels.reshape(-1, 2).astype(np.float64))
        level = np.column_stack([rays, np.ones(len(rays))]) @ camera.rotation.T
        places = grid.project(level).reshape(height, width, 2)
        self._bends = bool(np.abs(places - pixels).max() > 1e-6)
        low = np.floor(-places.min(axis=(0, 1))) + _MARGIN_PX
        high = np.ceil(places.max(axis=(0, 1))) + _MARGIN_PX
        left, top = (max(0, int(extra)) if self._bends else 0 for extra in low)
        right, bottom = (
            max(size, int(end) + 1 if self._bends else 0)
            for size, end in zip((grid.width, grid.height), high, strict=True)
        )
        self.view = PinholeCamera(
            -(-(left + right) // SIZE_STEP) * SIZE_STEP,
            -(-(top + bottom) // SIZE_STEP) * SIZE_STEP,
            grid.fx,
            grid.fy,
            grid.cx + left,
            grid.cy + top,
            grid.mount,
        )
        self.window = (slice(top, top + grid.height), slice(left, left + grid.width))
        moved = (places + np.array([left, top])).astype(np.float32)
        self._map, self._fractions = cv2.convertMaps(moved[..., 0], moved[..., 1], cv2.CV_16SC2)

    def through(self, image: Image, interpolation: int) -> Image:
        """Return the camera's image of a drawn view, [H, W] or [H, W, C], of the same dtype."""
        if not self._bends:
            return image[self.window]
        seen = cv2.remap(
            image, self._map, self._fractions, interpolation, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(seen)
