"""Which pixel of the thermal image belongs to a pixel of the output view."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.pixels import map_pixels, pixel_grid, resizing, transform_pixels
from nitedr_ros.geometry.visible_view import VisibleView

Float64 = npt.NDArray[np.float64]


def through_plane(
    view: VisibleView, extrinsics: Extrinsics, plane: Plane, thermal: CameraModel
) -> Float64:
    """Return the raw thermal pixel of each output pixel's point on the plane, [h, w, 2].

    float64; NaN where the thermal camera doesn't see it. What the visible camera sees beyond the
    plane's horizon counts as infinitely far. Raises CalibrationError where the plane doesn't lie
    before both cameras.
    """
    margin = plane.distance - float(plane.normal @ extrinsics.translation)
    if margin <= 0.0:
        raise CalibrationError(
            f'expected a plane beyond both cameras, got one {plane.distance:g} m from the visible '
            f'and {margin:g} m from the thermal camera; set plane_distance_m and plane_normal'
        )

    moved = extrinsics.translation @ extrinsics.rotation / plane.distance

    def seen(pixels: Float64) -> Float64:
        rays = view.rays(pixels)
        nearness = np.maximum(rays @ plane.normal, 0.0)
        return thermal.project(rays @ extrinsics.rotation - np.multiply.outer(nearness, moved))

    return map_pixels(view.height, view.width, seen)


def through_homography(
    view: VisibleView,
    homography: Float64,
    sizes: tuple[tuple[int, int], tuple[int, int]],
    thermal: tuple[int, int],
) -> Float64:
    """Return the thermal pixel of each output pixel by a homography, [h, w, 2].

    homography: float64 [3, 3], from visible to thermal pixels of images of `sizes`: (width,
    height) of the visible and of the thermal one; 0, 0 are the sizes as they come. thermal:
    (height, width) of the thermal images. float64; NaN beyond the homography's horizon. Raises
    CalibrationError for a homography that can't be inverted.
    """
    (visible_width, visible_height), (made_width, made_height) = sizes
    visible_width, visible_height = (
        visible_width or view.full_width,
        visible_height or view.full_height,
    )
    height, width = thermal
    made_width, made_height = made_width or width, made_height or height
    into = resizing(visible_width / view.width, visible_height / view.height)
    out_of = resizing(width / made_width, height / made_height)
    centre = np.array(((view.width - 1) / 2.0, (view.height - 1) / 2.0, 1.0))
    matrix = out_of @ homography @ into
    depth = float(matrix[2] @ centre)
    # Relative to the sizes, so that the scale of pixels doesn't decide what counts as singular.
    unit = (
        np.diag((1.0 / width, 1.0 / height, 1.0))
        @ matrix
        @ np.diag((view.width, view.height, 1.0))
    )
    strengths = np.linalg.svd(unit, compute_uv=False)
    if not np.isfinite(strengths).all() or strengths[2] < 1e-6 * strengths[0] or depth == 0.0:
        raise CalibrationError(
            'expected a homography that can be inverted, got '
            f'{np.round(homography.ravel(), 6).tolist()}; fit it again'
        )
    # Its sign is arbitrary; the middle of the view is taken to be in front.
    return transform_pixels(matrix * np.sign(depth), pixel_grid(view.height, view.width))


def unrectified(pixels: Float64, thermal: CameraModel) -> Float64:
    """Return the raw pixels of rectified thermal ones, [..., 2] float64; NaN where unseen."""
    return thermal.project(thermal.rectified().rays(pixels) @ thermal.rotation)
