"""Following a pose that moves without making maps anew for every tremor."""

from __future__ import annotations

import numpy as np

from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.pixels import Float64
from nitedr_ros.geometry.visible_view import VisibleView

NOTICEABLE_PX = 0.25
"""Displacement of the registered image, in output pixels, from which on a pose has moved."""

_COLUMNS, _ROWS = 9, 7


class SteadyPose:
    """The pose that maps are made with, of the thermal camera in the visible optical frame.

    It is taken anew when it displaces what lies on the plane by NOTICEABLE_PX or more somewhere
    in the view, against the pose taken last: small steps add up, a tremor doesn't.
    """

    def __init__(self) -> None:
        self._taken: Extrinsics | None = None
        self._compared: Extrinsics | None = None
        self._place: object = None

    def follow(self, pose: Extrinsics, view: VisibleView, plane: Plane) -> Extrinsics:
        """Return the pose taken last, or this one where it has moved, or view or plane have."""
        place = (view, tuple(plane.normal), plane.distance)
        taken = self._taken
        if taken is None or place != self._place:
            self._taken, self._place = pose, place
        elif pose is not self._compared and shift_px(view, plane, taken, pose) >= NOTICEABLE_PX:
            self._taken = pose
        self._compared = pose
        return self._taken or pose


def shift_px(view: VisibleView, plane: Plane, before: Extrinsics, after: Extrinsics) -> float:
    """Return how far at most a change of pose displaces the registered image, output pixels.

    Of what lies on the plane, over a grid of the view that includes its corners. Infinite where
    the plane doesn't lie beyond the thermal camera, or the view is left.
    """
    margin = 1.0 - float(plane.normal @ after.translation) / plane.distance
    if margin <= 0.0:
        return np.inf
    u, v = np.linspace(0, view.width - 1, _COLUMNS), np.linspace(0, view.height - 1, _ROWS)
    pixels = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    rays = view.rays(pixels)
    known = np.isfinite(rays).all(axis=-1)
    pixels, rays = pixels[known], rays[known]
    nearness = np.maximum(rays @ plane.normal, 0.0) / plane.distance
    thermal = (rays - nearness[:, None] * before.translation) @ before.rotation
    moved = _from_thermal(thermal, plane, after, margin)
    shift = np.linalg.norm(view.project(moved) - pixels, axis=-1)
    return float(np.max(np.nan_to_num(shift, nan=np.inf), initial=0.0))


def _from_thermal(rays: Float64, plane: Plane, pose: Extrinsics, margin: float) -> Float64:
    """Return where the visible camera sees the plane's points that the thermal one sees there."""
    turned = rays @ pose.rotation.T
    ahead = np.maximum(turned @ plane.normal, 0.0) / (margin * plane.distance)
    return np.asarray(turned + ahead[:, None] * pose.translation, np.float64)
