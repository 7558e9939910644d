"""Turns the figures of a moment into the polygons that a camera sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.synth.camera import PinholeCamera, Points, clip_near
from nitedr_ros.synth.scene import Moment

NEAR_M = 0.4
SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Outlines:
    """The patches that face the camera and meet its image, in painting order.

    polygons: int32 [N, 2] pixels times 2 ** SUBPIXEL_BITS. figure: [P] index in moment.figures.
    albedo, glow: [P, 3]. kelvin: [P]. planes: [P, 3], of which the dot product with ray / z is
    1 / depth. nearest, farthest: [P] metres, the range of a patch's depth.
    """

    polygons: list[npt.NDArray[np.int32]]
    figure: npt.NDArray[np.int64]
    albedo: Points
    glow: Points
    kelvin: Points
    planes: Points
    nearest: Points
    farthest: Points


def outline(moment: Moment, camera: PinholeCamera) -> Outlines:
    """Return what there is to paint of the figures of a moment, seen from the camera's mount."""
    figures = moment.figures
    here = np.array(moment.seen_from(camera.mount).camera)
    points = np.concatenate([figure.to_world(figure.mesh.points) for figure in figures]) - here
    normals = np.concatenate([figure.rotate(figure.mesh.normals) for figure in figures])
    counts = np.concatenate([figure.mesh.counts for figure in figures])
    owner = np.repeat(np.arange(len(figures)), [len(figure.mesh.counts) for figure in figures])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    centres = np.add.reduceat(points, starts) / counts[:, None]
    facing = np.einsum('ij,ij->i', centres, normals) < 0
    facing |= ~normals.any(axis=1)
    nearest = np.minimum.reduceat(points[:, 2], starts)
    farthest = np.maximum.reduceat(points[:, 2], starts)
    pixels = camera.project(points)
    low, high = np.minimum.reduceat(pixels, starts), np.maximum.reduceat(pixels, starts)
    inside = (high >= 0).all(axis=1) & (low <= (camera.width, camera.height)).all(axis=1)
    cut = nearest < NEAR_M
    shown = np.flatnonzero(facing & (farthest > NEAR_M) & (inside | cut))
    scale = 2**SUBPIXEL_BITS
    fixed = np.rint(np.clip(pixels, -1e5, 1e5) * scale).astype(np.int32)
    polygons: list[npt.NDArray[np.int32]] = []
    for patch in shown:
        corners = slice(int(starts[patch]), int(starts[patch] + counts[patch]))
        if cut[patch]:
            clipped = camera.project(clip_near(points[corners], NEAR_M))
            polygons.append(np.rint(clipped * scale).astype(np.int32))
        else:
            polygons.append(fixed[corners])
    return Outlines(
        polygons,
        owner[shown],
        np.concatenate([figure.mesh.albedo for figure in figures])[shown],
        np.concatenate([figure.mesh.glow for figure in figures])[shown],
        np.concatenate([figure.mesh.kelvin for figure in figures])[shown],
        _planes(points, starts, counts, centres)[shown],
        np.maximum(nearest, NEAR_M)[shown],
        farthest[shown],
    )


def _planes(
    points: Points,
    starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    centres: Points,
) -> Points:
    """Return normal / distance of the planes of patches, [P, 3]; edge on, some large number.

    The normal is the sum of the cross products of neighbouring corners (Newell's method).
    """
    following = np.arange(1, len(points) + 1)
    following[starts + counts - 1] = starts
    normals = np.add.reduceat(np.cross(points, points[following]), starts)
    distance = np.einsum('ij,ij->i', normals, centres)
    distance = np.where(np.abs(distance) < 1e-9, 1e-9, distance)
    return np.asarray(normals / distance[:, None], np.float64)
