"""A calibrated camera as its images come: binned, cropped or resized."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.extrinsics import as_rotation
from nitedr_ros.geometry.lens import Lens
from nitedr_ros.geometry.lenses import PINHOLE, lens_of
from nitedr_ros.geometry.pixels import resizing
from nitedr_ros.geometry.sensor_window import image_scaling

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CameraModel:
    """The way from rays to pixels, and back.

    width, height: of the images as they come, pixels. k: float64 [3, 3], raw pixels from
    distorted normalised coordinates. lens: the distortion. rotation: float64 [3, 3], the rectified
    from the optical frame. projection: float64 [3, 4], rectified pixels from the rectified frame.
    """

    width: int
    height: int
    k: Float64
    lens: Lens
    rotation: Float64
    projection: Float64

    @classmethod
    def of(
        cls, info: CameraInfo, height: int, width: int, crop: tuple[int, int] = (0, 0)
    ) -> CameraModel:
        """Return the camera whose images of this size, in pixels, a calibration describes.

        crop: rows cut off at the top and the bottom of the images as the camera sent them; the
        size is what is left. Binning, the region of interest and another resolution of the same
        shape are allowed for; R of zeros is the identity, P of zeros is K (REP-104).
        Raises CalibrationError where it can't be used.
        """
        scaling = image_scaling(info, height, width, crop)
        k = _intrinsics(info.k, 'K')
        projection = np.column_stack((k, np.zeros(3)))
        if any(info.p[:1]):
            projection = _projection(info.p)
        return cls(
            width,
            height,
            scaling @ k,
            lens_of(info.distortion_model, info.d),
            _rectification(info.r),
            scaling @ projection,
        )

    @property
    def rectified_k(self) -> Float64:
        """The pinhole of the rectified image, float64 [3, 3]."""
        return self.projection[:, :3]

    @property
    def info(self) -> CameraInfo:
        """The same as a camera_info, without binning and region of interest."""
        return CameraInfo(
            self.width,
            self.height,
            self.lens.model,
            self.lens.d,
            tuple(self.k.ravel().tolist()),
            tuple(self.rotation.ravel().tolist()),
            tuple(self.projection.ravel().tolist()),
        )

    @property
    def is_rectified(self) -> bool:
        """Whether its images are rectified as they come."""
        return (
            self.lens.straight
            and np.allclose(self.rotation, np.eye(3), rtol=0.0, atol=1e-9)
            and np.allclose(self.rectified_k, self.k, rtol=1e-9, atol=1e-6)
        )

    def rectified(self) -> CameraModel:
        """Return the pinhole of the rectified images; its optical frame is the rectified one."""
        return replace(self, k=self.rectified_k, lens=PINHOLE, rotation=np.eye(3))

    def resized(self, height: int, width: int) -> CameraModel:
        """Return the camera whose images are these, resized."""
        scaling = resizing(width / self.width, height / self.height)
        return replace(
            self,
            width=width,
            height=height,
            k=scaling @ self.k,
            projection=scaling @ self.projection,
        )

    def project(self, points: Float64) -> Float64:
        """Return the raw pixels [..., 2] of points [..., 3] in the optical frame, float64.

        NaN where the lens doesn't see the point: behind the camera, or beyond its limit.
        """
        # One coordinate after the other: numpy is slow along axes of 2 or 3.
        normalised = np.empty((*points.shape[:-1], 2))
        with np.errstate(all='ignore'):
            depth = np.where(points[..., 2] > 0.0, points[..., 2], np.nan)
            normalised[..., 0] = points[..., 0] / depth
            normalised[..., 1] = points[..., 1] / depth
        distorted = self.lens.distort(normalised)
        (fx, skew, cx), (_, fy, cy) = self.k[:2].tolist()
        pixels = np.empty_like(distorted)
        pixels[..., 0] = distorted[..., 0] * fx + distorted[..., 1] * skew + cx
        pixels[..., 1] = distorted[..., 1] * fy + cy
        return pixels

    def rays(self, pixels: Float64) -> Float64:
        """Return the rays [..., 3] with z = 1, in the optical frame, of raw pixels [..., 2].

        float64; NaN (z too) where the lens shows nothing at that pixel.
        """
        (fx, skew, cx), (_, fy, cy) = self.k[:2].tolist()
        distorted = np.empty(pixels.shape)
        distorted[..., 1] = (pixels[..., 1] - cy) / fy
        distorted[..., 0] = (pixels[..., 0] - cx - skew * distorted[..., 1]) / fx
        rays = np.ones((*pixels.shape[:-1], 3))
        rays[..., :2] = self.lens.undistort(distorted)
        rays[np.isnan(rays[..., 0]), 2] = np.nan
        return rays


def _intrinsics(values: tuple[float, ...], name: str) -> Float64:
    """Return a camera matrix, row by row in `values`, checked."""
    if len(values) != 9:
        raise CalibrationError(f'expected {name} of 9 numbers, got {len(values)}; calibrate again')
    k = np.array(values, np.float64).reshape(3, 3)
    if not np.isfinite(k).all():
        raise CalibrationError(
            f'expected finite numbers in {name}, got {k.tolist()}; calibrate again'
        )
    if not k.any():
        raise CalibrationError(
            f'expected a calibrated camera, got a camera_info with {name} of zeros; '
            'calibrate it, or register as aligned'
        )
    if k[0, 0] <= 0.0 or k[1, 1] <= 0.0:
        raise CalibrationError(
            f'expected positive focal lengths in {name}, got {k[0, 0]:g} and {k[1, 1]:g}; '
            'calibrate again'
        )
    if k[1, 0] != 0.0 or not np.array_equal(k[2], (0.0, 0.0, 1.0)):
        raise CalibrationError(
            f'expected {name} as fx, s, cx, 0, fy, cy, 0, 0, 1 row by row, got {k.tolist()}; '
            'calibrate again'
        )
    return k


def _rectification(values: tuple[float, ...]) -> Float64:
    """Return a rectification, row by row in `values`, checked."""
    if not any(values):
        return np.eye(3)
    if len(values) != 9:
        raise CalibrationError(f'expected R of 9 numbers, got {len(values)}; calibrate again')
    return as_rotation(np.reshape(values, (3, 3)))


def _projection(values: tuple[float, ...]) -> Float64:
    """Return the projection matrix of a rectified camera, row by row in `values`, checked."""
    if len(values) != 12:
        raise CalibrationError(f'expected P of 12 numbers, got {len(values)}; calibrate again')
    p = np.array(values, np.float64).reshape(3, 4)
    if not np.isfinite(p[:, 3]).all():
        raise CalibrationError(f'expected finite numbers in P, got {p.tolist()}; calibrate again')
    return np.column_stack((_intrinsics(tuple(p[:, :3].ravel().tolist()), 'P'), p[:, 3]))
