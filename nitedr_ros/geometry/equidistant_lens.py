"""The lens of Kannala and Brandt (2006), 'equidistant': OpenCV's fisheye model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import polynomial

from nitedr_ros.geometry.lens import Float64, Lens, first_positive_root

_TABLE = 2048
_ITERATIONS = 30
_TOLERANCE = 1e-14
_ACCEPTED = 1e-10


@dataclass(frozen=True)
class EquidistantLens(Lens):
    """Radius from the angle to the axis: angle * (1 + k1 * angle^2 + ... + k4 * angle^8).

    d: k1, k2, k3, k4. What lies 90 degrees or more from the axis has no normalised coordinates.
    """

    @property
    def straight(self) -> bool:
        """Whether it changes nothing, as a pinhole; it never does."""
        return False

    @property
    def limit(self) -> float:
        """The undistorted radius from which on the lens shows nothing; may be infinite."""
        return float(np.tan(self._widest)) if self._widest < np.pi / 2.0 else np.inf

    def distort(self, points: Float64) -> Float64:
        """Return where undistorted points appear; NaN from the limit on."""
        radius = np.hypot(points[..., 0], points[..., 1])
        angle = np.arctan(radius)
        with np.errstate(all='ignore'):
            scale = np.where(radius > 0.0, self._bend(angle) / radius, 1.0)
            scale[~(radius < self.limit)] = np.nan
            return np.stack((points[..., 0] * scale, points[..., 1] * scale), axis=-1)

    def undistort(self, points: Float64) -> Float64:
        """Return the inverse of `distort`, to 1e-10; NaN where no undistorted point appears."""
        radius = np.hypot(points[..., 0], points[..., 1])
        angles = np.linspace(0.0, self._widest, _TABLE)
        angle = np.interp(radius, self._bend(angles), angles)
        with np.errstate(all='ignore'):
            for _ in range(_ITERATIONS):
                error = radius - self._bend(angle)
                if not np.any(np.abs(error) > _TOLERANCE):
                    break
                step = error / polynomial.polyval(angle * angle, self._slope)
                angle = np.clip(angle + step, 0.0, self._widest * (1.0 - 1e-9))
            angle = np.where(np.abs(radius - self._bend(angle)) <= _ACCEPTED, angle, np.nan)
            scale = np.where(radius > 0.0, np.tan(angle) / radius, 1.0)
        return np.asarray(points * scale[..., None], np.float64)

    @cached_property
    def _widest(self) -> float:
        """The angle from which on the lens shows nothing, radians."""
        return float(min(np.sqrt(first_positive_root(self._slope)), np.pi / 2.0))

    @property
    def _slope(self) -> Float64:
        """Derivative of the radius by the angle, a polynomial in the angle squared."""
        return np.array((1.0, *self.d)) * (1.0, 3.0, 5.0, 7.0, 9.0)

    def _bend(self, angle: Float64) -> Float64:
        return np.asarray(
            angle * polynomial.polyval(angle * angle, np.array((1.0, *self.d))), np.float64
        )
