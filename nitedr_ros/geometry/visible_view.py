"""The output view: what the visible camera sees, rectified, at the size of the outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.aligned import register_aligned
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.pixels import map_pixels
from nitedr_ros.geometry.resampling import Resampling

Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

_LEAST_SEEN = 0.1
"""Of a rectified view; calibrators leave far less of it black."""


@dataclass(frozen=True, eq=False)
class VisibleView:
    """The view that all outputs are in; made by a Registrar.

    height, width: of the outputs, pixels (processing size). full_height, full_width: of the
    visible images as they come. camera: the camera of the output pixels in the frame of the view,
    None where nothing is calibrated. rotation: float64 [3, 3], the frame of the view from the
    visible optical frame. camera_info, full_camera_info: of outputs at processing and at full
    size; None where nothing is calibrated.
    """

    height: int
    width: int
    full_height: int
    full_width: int
    camera: CameraModel | None
    rotation: Float64
    camera_info: CameraInfo | None
    full_camera_info: CameraInfo | None
    _resampling: Resampling | None

    @classmethod
    def raw(
        cls,
        info: CameraInfo | None,
        model: CameraModel | None,
        full: tuple[int, int],
        size: tuple[int, int],
    ) -> VisibleView:
        """Return the view of the visible images as they come, but for their size.

        full, size: (height, width) of the visible images and of the outputs. model: by `info`,
        None where that says nothing. An `info` of images of this size stays as it is, unless it
        holds NaN or infinity.
        """
        camera = None if model is None else model.resized(*size)
        full_info = None if model is None else model.info
        if info is not None and info.calibrated and (info.height, info.width) == full:
            numbers = (*info.d, *info.k, *info.r, *info.p)
            full_info = info if all(map(math.isfinite, numbers)) else None
        camera_info = full_info
        if size != full:
            camera_info = None if camera is None else camera.info
        return cls(*size, *full, camera, np.eye(3), camera_info, full_info, None)

    @classmethod
    def rectified(cls, model: CameraModel, size: tuple[int, int]) -> VisibleView:
        """Return the rectified view of a calibrated camera. size: (height, width) of outputs.

        Raises CalibrationError where next to nothing of the camera's image would be in it.
        """
        full = model.rectified()
        camera = full.resized(*size)
        resampling = None
        if not model.is_rectified:
            pixels = map_pixels(*size, lambda p: model.project(camera.rays(p) @ model.rotation))
            resampling = Resampling(pixels, model.height, model.width)
            seen = float((resampling.mask != 0).mean())
            if seen < _LEAST_SEEN:
                raise CalibrationError(
                    'expected a rectified view that shows what the camera sees, got one that is '
                    f'{100 * (1 - seen):.1f} % black; check d, R and P, or calibrate again'
                )
        return cls(
            *size,
            model.height,
            model.width,
            camera,
            model.rotation,
            camera.info,
            full.info,
            resampling,
        )

    @property
    def resampling(self) -> Resampling | None:
        """The map that `apply` follows; None where it resizes, if anything."""
        return self._resampling

    @property
    def k(self) -> Float64 | None:
        """The camera matrix of the output pixels, float64 [3, 3]; None where not calibrated."""
        return None if self.camera is None else self.camera.k

    def apply(self, rgb: UInt8) -> UInt8:
        """Return the output view of a visible image.

        rgb: uint8 [H, W, 3] or [H, W] at full size. Result: the same at processing size; black
        where the camera sees nothing; the same object where nothing is to be done.
        """
        if self._resampling is None:
            return register_aligned(rgb, self.height, self.width)
        return self._resampling.apply(rgb)

    def enlarge(self, image: UInt8) -> UInt8:
        """Return an output image at full size, bicubic; the same object where it has it already.

        image: uint8 [h, w] or [h, w, C] at processing size.
        """
        size = (self.full_width, self.full_height)
        if image.shape[1::-1] == size:
            return image
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)

    def rays(self, pixels: Float64) -> Float64:
        """Return the rays [..., 3] of output pixels [..., 2] in the visible optical frame.

        float64, of any length; NaN where the camera sees nothing. Raises ValueError where nothing
        is calibrated.
        """
        return self._calibrated().rays(pixels) @ self.rotation

    def project(self, points: Float64) -> Float64:
        """Return the output pixels [..., 2] of points [..., 3] in the visible optical frame.

        float64; NaN where the camera doesn't see them. Raises ValueError where nothing is
        calibrated.
        """
        return self._calibrated().project(points @ self.rotation.T)

    def _calibrated(self) -> CameraModel:
        if self.camera is None:
            raise ValueError('expected the view of a calibrated camera')
        return self.camera
