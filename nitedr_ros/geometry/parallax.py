"""How far things before and behind the plane are displaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.visible_view import VisibleView

Float64 = npt.NDArray[np.float64]

_COLUMNS, _ROWS = 65, 49


@dataclass(frozen=True)
class Parallax:
    """Displacement of the registered thermal image against the visible one, output pixels.

    distance_m: of the things, along z of the visible optical frame. centre_px: in the centre of
    the view, NaN where they can't be shown there. mean_px, max_px: over all of the view that both
    cameras see.
    """

    distance_m: float
    centre_px: float
    mean_px: float
    max_px: float


def parallax(
    view: VisibleView,
    extrinsics: Extrinsics,
    plane: Plane,
    mask: npt.NDArray[np.uint8],
    distances_m: Sequence[float],
) -> list[Parallax]:
    """Return the parallax of things at other distances than the plane's.

    What is seen along r at distance D is shown along (I - t n' / d)^-1 (I - t n' / D) r: the
    thermal camera sees that point of the plane in the same direction. Whatever the lenses are, the
    thermal one plays no part. mask: uint8 [h, w], 0 where the thermal camera sees nothing.
    distances_m: along z of the visible optical frame.
    """
    columns = np.unique(np.linspace(0, view.width - 1, _COLUMNS).round().astype(int))
    rows = np.unique(np.linspace(0, view.height - 1, _ROWS).round().astype(int))
    seen = mask[np.ix_(rows, columns)] > 0
    grid = np.stack(np.meshgrid(columns, rows), axis=-1)[seen].astype(np.float64)
    centre = np.array(((view.width - 1) / 2.0, (view.height - 1) / 2.0))
    results = []
    for distance_m in distances_m:
        moved = _displacement(view, extrinsics, plane, grid, distance_m)
        moved = moved[np.isfinite(moved)]
        at_centre = _displacement(view, extrinsics, plane, centre, distance_m)
        results.append(
            Parallax(
                distance_m,
                float(at_centre),
                float(moved.mean()) if moved.size else np.nan,
                float(moved.max()) if moved.size else np.nan,
            )
        )
    return results


def displaced(
    view: VisibleView, extrinsics: Extrinsics, plane: Plane, pixels: Float64, depth_m: Float64
) -> Float64:
    """Return how far the registered thermal image shows things from their place, [..., 2] pixels.

    pixels: float64 [..., 2], where the visible camera sees them. depth_m: float64 [...], along z
    of the visible optical frame, metres; infinity is a depth too. NaN where a depth is NaN or not
    positive. What is seen beyond the plane's horizon is shown as if it were infinitely far.
    """
    rays = view.rays(pixels)
    depth_m = np.where(depth_m > 0.0, depth_m, np.nan)
    t_n = np.outer(extrinsics.translation, plane.normal)
    back = np.linalg.inv(np.eye(3) - t_n / plane.distance)
    seen = rays - extrinsics.translation * (rays[..., 2] / depth_m)[..., None]
    on_plane = (seen @ plane.normal)[..., None] > 0.0
    return view.project(np.where(on_plane, seen @ back.T, seen)) - pixels


def _displacement(
    view: VisibleView, extrinsics: Extrinsics, plane: Plane, pixels: Float64, distance_m: float
) -> Float64:
    """Return by how many pixels [...] things at a distance along z are displaced."""
    depth_m = np.full(pixels.shape[:-1], distance_m)
    moved = displaced(view, extrinsics, plane, pixels, depth_m)
    return np.asarray(np.hypot(moved[..., 0], moved[..., 1]), np.float64)
