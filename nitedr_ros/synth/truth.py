"""What really was there, in the rectified view of the visible camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.backdrop import Backdrop
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.outline import SUBPIXEL_BITS, Outlines, outline
from nitedr_ros.synth.scene import Moment
from nitedr_ros.synth.sensor import to_counts
from nitedr_ros.synth.thermal import ThermalRenderer

Image = npt.NDArray[np.float32]

_COVERS = 0.5
"""A wall counts where it covers at least this much of a pixel."""


@dataclass(frozen=True, eq=False)
class Truth:
    """One moment as a perfect camera sees it: no rain, no noise, no distortion, no blur.

    visible: uint8 [H, W, 3] blue, green, red. thermal: uint16 [H, W], hundredths of a kelvin.
    depth: float32 [H, W], metres along the optical axis; infinite where the sky is (REP-118).
    """

    visible: npt.NDArray[np.uint8]
    thermal: npt.NDArray[np.uint16]
    depth: Image


class TruthRenderer:
    """Renders temperature and depth of moments for one view from the visible camera's place."""

    def __init__(self, view: PinholeCamera, backdrop: Backdrop) -> None:
        self._view = view
        self._thermal = ThermalRenderer(view, backdrop)
        u = (np.arange(view.width) - view.cx) / view.fx
        v = (np.arange(view.height) - view.cy) / view.fy
        self._u, self._v = u.astype(np.float32), v.astype(np.float32)
        self._ground = np.full((view.height, view.width), np.inf, np.float32)
        below = v > 0
        self._ground[below] = (-street.CAMERA_Y / v[below])[:, None]
        self._walls: list[tuple[slice, Image]] = []
        for (wall_x, _), lines in zip(backdrop.walls, backdrop.wall_lines(view), strict=True):
            depth = (wall_x - street.CAMERA_X) / u[lines.columns]
            self._walls.append((lines.columns, depth.astype(np.float32)))

    def render(self, moment: Moment, visible: npt.NDArray[np.uint8]) -> Truth:
        """Return the truth of a moment; visible: its picture, which is taken over."""
        kelvin, covers = self._thermal.background(moment)
        depth = self._ground.copy()
        for (columns, wall_depth), cover in zip(self._walls, covers, strict=True):
            np.copyto(depth[:, columns], wall_depth, where=cover >= _COVERS)
        outlines = outline(moment, self._view)
        patches = np.zeros(depth.shape, np.int32)
        for number, polygon in enumerate(outlines.polygons, 1):
            cv2.fillConvexPoly(patches, polygon, number, cv2.LINE_8, SUBPIXEL_BITS)
        rows, columns_painted = np.nonzero(patches)
        patch = patches[rows, columns_painted] - 1
        kelvin[rows, columns_painted] = outlines.kelvin.astype(np.float32)[patch]
        depth[rows, columns_painted] = self._depth(outlines, patch, rows, columns_painted)
        return Truth(visible, to_counts(kelvin), depth)

    def _depth(
        self,
        outlines: Outlines,
        patch: npt.NDArray[np.int32],
        rows: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64],
    ) -> Image:
        """Return the depth of patches at pixels; 1 / depth is linear in the pixel's place.

        A pixel on an edge may have its centre beside the patch: its depth stays in the patch's.
        """
        a, b, c = outlines.planes.astype(np.float32)[patch].T
        inverse = a * self._u[columns] + b * self._v[rows] + c
        near = outlines.nearest.astype(np.float32)[patch]
        far = outlines.farthest.astype(np.float32)[patch]
        return np.asarray(1 / np.clip(inverse, 1 / far, 1 / near), np.float32)
