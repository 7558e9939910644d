"""Lenses that bend straight lines, computed by OpenCV's own formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

LensName = Literal['plumb_bob', 'rational_polynomial', 'equidistant', 'none']
Points = npt.NDArray[np.float64]

_ROUNDS, _CLOSE = 20, 1e-9


@dataclass(frozen=True)
class Lens:
    """A lens as sensor_msgs/msg/CameraInfo describes it.

    model: 'plumb_bob', 'rational_polynomial' or 'equidistant'. d: its coefficients.
    """

    model: str
    d: tuple[float, ...]

    @property
    def straight(self) -> bool:
        """Whether it bends nothing, as a pinhole."""
        return self.model == 'plumb_bob' and not any(self.d)

    def distort(self, rays: Points) -> Points:
        """Return where rays [N, 2] meet the image, [N, 2]; both normalised (ray / z)."""
        if self.straight:
            return rays
        eye, d = np.eye(3), np.array(self.d)
        if self.model == 'equidistant':
            bent = cv2.fisheye.distortPoints(rays.reshape(-1, 1, 2), eye, d)
        else:
            points = cv2.convertPointsToHomogeneous(rays.reshape(-1, 1, 2))
            bent, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), eye, d)
        return np.asarray(bent, np.float64).reshape(-1, 2)

    def undistort(self, points: Points) -> Points:
        """Return the rays [N, 2] that meet the image at `points` [N, 2]; both normalised.

        OpenCV's inverse stops early, so what distorting its result misses is added until it fits.
        """
        if self.straight:
            return points
        aim = points.copy()
        for _ in range(_ROUNDS):
            rays = self._roughly_undistort(aim)
            error = points - self.distort(rays)
            if np.abs(error).max(initial=0.0) < _CLOSE:
                break
            aim += error
        return rays

    def _roughly_undistort(self, points: Points) -> Points:
        eye, d = np.eye(3), np.array(self.d)
        inverse = cv2.fisheye if self.model == 'equidistant' else cv2
        rays = inverse.undistortPoints(points.reshape(-1, 1, 2), eye, d)
        return np.asarray(rays, np.float64).reshape(-1, 2)


def lenses(name: LensName) -> tuple[Lens, Lens]:
    """Return the lenses of the visible and of the thermal camera."""
    return _LENSES[name]


_STRAIGHT = Lens('plumb_bob', (0.0, 0.0, 0.0, 0.0, 0.0))
_LENSES: dict[LensName, tuple[Lens, Lens]] = {
    'plumb_bob': (
        Lens('plumb_bob', (-0.28, 0.07, 0.0006, -0.0004, 0.0)),
        Lens('plumb_bob', (-0.34, 0.13, -0.0005, 0.0007, -0.02)),
    ),
    'rational_polynomial': (
        Lens(
            'rational_polynomial',
            (0.15, -0.02, 0.0005, -0.0004, 0.001, 0.44, 0.03, 0.003),
        ),
        Lens(
            'rational_polynomial',
            (0.2, -0.03, -0.0004, 0.0006, 0.002, 0.53, 0.04, 0.004),
        ),
    ),
    'equidistant': (
        Lens('equidistant', (-0.012, 0.004, -0.002, 0.0003)),
        Lens('equidistant', (-0.03, 0.011, -0.004, 0.0006)),
    ),
    'none': (_STRAIGHT, _STRAIGHT),
}
