"""The pinhole camera that sees the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

FOCAL_PER_WIDTH = 0.9
"""Focal length as a share of the image width: about 58 degrees across."""


@dataclass(frozen=True)
class PinholeCamera:
    """A camera that looks along z, with x right and y down (REP-103 optical frame).

    width, height, fx, fy, cx, cy: pixels; (0, 0) is the centre of the first pixel.
    mount: its place in the visible optical frame, metres.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    mount: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def for_size(cls, width: int, height: int) -> PinholeCamera:
        """Return the camera of this image size; all sizes of one shape share one field of view."""
        focal = FOCAL_PER_WIDTH * width
        return cls(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)

    def resized(self, width: int, height: int) -> PinholeCamera:
        """Return the camera of the same view with other pixels."""
        along, down = width / self.width, height / self.height
        return PinholeCamera(
            width,
            height,
            self.fx * along,
            self.fy * down,
            (self.cx + 0.5) * along - 0.5,
            (self.cy + 0.5) * down - 0.5,
            self.mount,
        )

    @property
    def k(self) -> tuple[float, ...]:
        """The intrinsic matrix, row-major 3 x 3."""
        return (self.fx, 0.0, self.cx, 0.0, self.fy, self.cy, 0.0, 0.0, 1.0)

    def project(self, points: Points) -> Points:
        """Project camera points [..., 3] in metres to pixels [..., 2] (u, v).

        Only points in front of the camera (z > 0) mean anything in the result.
        """
        depth = np.maximum(points[..., 2:], 1e-6)
        focal, centre = np.array([self.fx, self.fy]), np.array([self.cx, self.cy])
        pixels: Points = points[..., :2] / depth * focal + centre
        return pixels

    def normalise(self, pixels: Points) -> Points:
        """Return what pixels [..., 2] see, ray / z [..., 2]."""
        rays: Points = (pixels - (self.cx, self.cy)) / (self.fx, self.fy)
        return rays


def clip_near(polygon: Points, near: float) -> Points:
    """Cut a convex polygon [N, 3] of camera points at z = near; may return [0, 3].

    Source: Sutherland and Hodgman, Reentrant Polygon Clipping, 1974.
    """
    kept: list[Points] = []
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if start[2] >= near:
            kept.append(start)
        if (start[2] >= near) != (end[2] >= near):
            share = (near - start[2]) / (end[2] - start[2])
            kept.append(start + share * (end - start))
    return np.array(kept).reshape(-1, 3)
