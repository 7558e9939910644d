"""The thermal image in the output view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.geometry.aligned import register_aligned
from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.parallax import Parallax, displaced, parallax
from nitedr_ros.geometry.resampling import Resampling
from nitedr_ros.geometry.visible_view import VisibleView

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]
Scalar = TypeVar('Scalar', np.uint8, np.uint16, np.float32)

FADE_PX = 24


@dataclass(frozen=True, eq=False)
class ThermalMap:
    """Brings thermal images into the output view; made by a Registrar.

    view: the output view, h pixels high and w wide. resampling: None where the cameras are
    aligned. pose: thermal camera and plane where the registration knows them.
    """

    view: VisibleView
    resampling: Resampling | None = None
    pose: tuple[Extrinsics, Plane] | None = None

    @cached_property
    def mask(self) -> UInt8:
        """uint8 [h, w], read-only: 255 where the thermal camera sees, 0 where not."""
        if self.resampling is None:
            mask = np.full((self.view.height, self.view.width), 255, np.uint8)
        else:
            mask = self.resampling.mask
        mask.flags.writeable = False
        return mask

    @cached_property
    def weight(self) -> Float32:
        """float32 [h, w], read-only: 0 where the thermal camera sees nothing, 1 where it does.

        It rises over FADE_PX output pixels, so that what is blended by it has no seam.
        """
        # Beyond the image's own border nothing is unseen, so nothing fades towards it.
        away = np.asarray(cv2.distanceTransform(self.mask, cv2.DIST_L2, 5), np.float32)
        weight = np.asarray(np.minimum(away / np.float32(FADE_PX), 1.0), np.float32)
        weight.flags.writeable = False
        return weight

    @cached_property
    def complete(self) -> bool:
        """Whether the thermal camera sees the whole view."""
        return not self._unseen.size

    def apply(self, image: UInt8) -> UInt8:
        """Return a picture for the networks: its border goes on where the camera sees nothing.

        image: uint8 [H, W], as the thermal camera sends it after cropping. Result: uint8 [h, w];
        the same object where nothing is to be done.
        """
        if self.resampling is None:
            return register_aligned(image, self.view.height, self.view.width)
        return self.resampling.apply(image)

    def apply_radiometric(self, image: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return measured values, in their unit; invalid where the camera sees nothing.

        image: uint8, uint16 (invalid: 0) or float32 (invalid: NaN), [H, W]. Result: the same type,
        [h, w]; the same object where nothing is to be done.
        """
        if self.resampling is None:
            return register_aligned(image, self.view.height, self.view.width)
        values = self.resampling.apply(image)
        invalid = np.nan if np.issubdtype(values.dtype, np.floating) else 0
        values.ravel()[self._unseen] = invalid
        return values

    def parallax(self, distances_m: Sequence[float]) -> list[Parallax]:
        """Return how far things at these distances are displaced against the visible image.

        Empty where the registration knows no distances: aligned cameras, a homography.
        """
        if self.pose is None:
            return []
        return parallax(self.view, *self.pose, self.mask, distances_m)

    def displaced(self, pixels: Float64, depth_m: Float64) -> Float64 | None:
        """Return how far the registered image shows things from their place, [..., 2] pixels.

        pixels: float64 [..., 2], output pixels. depth_m: float64 [...], metres along z of the
        visible optical frame. None where the registration knows no distances.
        """
        if self.pose is None:
            return None
        return displaced(self.view, *self.pose, pixels, depth_m)

    @cached_property
    def _unseen(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.mask == 0)
