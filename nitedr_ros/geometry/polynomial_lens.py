"""Brown's lens and its rational extension: 'plumb_bob' and 'rational_polynomial'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import polynomial

from nitedr_ros.geometry.lens import Float64, Lens, first_positive_root

_TABLE = 2048
_ITERATIONS = 30
_TOLERANCE = 1e-13
_ACCEPTED = 1e-10


@dataclass(frozen=True)
class PolynomialLens(Lens):
    """OpenCV's model with up to 14 parameters (calib3d, "Detailed Description").

    d: k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tau_x, tau_y; those left out are 0. The
    limit is that of the radial part.
    """

    @property
    def straight(self) -> bool:
        """Whether it changes nothing, as a pinhole."""
        return not any(self.d)

    @cached_property
    def limit(self) -> float:
        """The undistorted radius from which on the lens shows nothing; may be infinite."""
        above, below = self._radial
        ratio = polynomial.polysub(
            polynomial.polymul(polynomial.polyder(above), below),
            polynomial.polymul(above, polynomial.polyder(below)),
        )
        slope = polynomial.polyadd(
            polynomial.polymul(above, below), polynomial.polymul((0.0, 2.0), ratio)
        )
        return float(np.sqrt(min(first_positive_root(slope), first_positive_root(below))))

    def distort(self, points: Float64) -> Float64:
        """Return where undistorted points appear; NaN from the limit on."""
        if self.straight:
            return points
        with np.errstate(all='ignore'):
            result = self._bend(points)
            if any(self._all[12:]):
                result = _transform(self._tilt, result)
            shown = np.hypot(points[..., 0], points[..., 1]) < self.limit
        shown &= np.isfinite(result[..., 0]) & np.isfinite(result[..., 1])
        if not shown.all():
            result[~shown] = np.nan
        return result

    def undistort(self, points: Float64) -> Float64:
        """Return the inverse of `distort`, to 1e-10; NaN where no undistorted point appears."""
        if self.straight:
            return points
        with np.errstate(all='ignore'):
            target = _transform(np.asarray(np.linalg.inv(self._tilt), np.float64), points)
            guess = self._first_guess(target)
            for _ in range(_ITERATIONS):
                error = target - self._bend(guess)
                if not np.any(np.abs(error) > _TOLERANCE):
                    break
                guess = self._inside(guess + self._step(guess, error))
            missed = np.abs(target - self._bend(guess)).max(axis=-1)
            guess[~(missed <= _ACCEPTED)] = np.nan
        return guess

    @cached_property
    def _all(self) -> tuple[float, ...]:
        return self.d + (0.0,) * (14 - len(self.d))

    @cached_property
    def _radial(self) -> tuple[Float64, Float64]:
        """Both polynomials of the radial factor in the radius squared, lowest order first."""
        k1, k2, _, _, k3, k4, k5, k6 = self._all[:8]
        above, below = np.array((1.0, k1, k2, k3)), np.array((1.0, k4, k5, k6))
        return np.trim_zeros(above, 'b'), np.trim_zeros(below, 'b')

    @cached_property
    def _tilt(self) -> Float64:
        """The effect of a tilted sensor on homogeneous coordinates, [3, 3]."""
        tau_x, tau_y = self._all[12:]
        (cos_x, sin_x), (cos_y, sin_y) = ((np.cos(t), np.sin(t)) for t in (tau_x, tau_y))
        about_x = np.array(((1.0, 0.0, 0.0), (0.0, cos_x, sin_x), (0.0, -sin_x, cos_x)))
        about_y = np.array(((cos_y, 0.0, -sin_y), (0.0, 1.0, 0.0), (sin_y, 0.0, cos_y)))
        turn = about_y @ about_x
        onto = np.array(
            ((turn[2, 2], 0.0, -turn[0, 2]), (0.0, turn[2, 2], -turn[1, 2]), (0.0, 0.0, 1.0))
        )
        return np.asarray(onto @ turn, np.float64)

    def _bend(self, points: Float64) -> Float64:
        """Return the points distorted, but for the tilt and the limit."""
        _, _, p1, p2, *_, s1, s2, s3, s4 = self._all[:12]
        x, y = points[..., 0], points[..., 1]
        xx, xy, yy = x * x, x * y, y * y
        s = xx + yy
        radial = self._factor(s)
        bent = np.stack((x * radial, y * radial), axis=-1)
        if p1 or p2:
            bent[..., 0] += 2.0 * p1 * xy + p2 * (s + 2.0 * xx)
            bent[..., 1] += p1 * (s + 2.0 * yy) + 2.0 * p2 * xy
        if s1 or s2 or s3 or s4:
            bent[..., 0] += (s1 + s2 * s) * s
            bent[..., 1] += (s3 + s4 * s) * s
        return np.asarray(bent, np.float64)

    def _factor(self, s: Float64) -> Float64:
        above, below = self._radial
        factor = polynomial.polyval(s, above)
        if below.size > 1:
            factor = factor / polynomial.polyval(s, below)
        return np.asarray(factor, np.float64)

    def _step(self, points: Float64, error: Float64) -> Float64:
        """Return Newton's step that takes the error away from the bent points."""
        _, _, p1, p2, *_, s1, s2, s3, s4 = self._all[:12]
        above, below = self._radial
        x, y = points[..., 0], points[..., 1]
        s = x * x + y * y
        divisor = polynomial.polyval(s, below)
        radial = polynomial.polyval(s, above) / divisor
        growth = (
            polynomial.polyval(s, polynomial.polyder(above))
            - radial * polynomial.polyval(s, polynomial.polyder(below))
        ) / divisor
        mixed = 2.0 * (x * y * growth + p1 * x + p2 * y)
        prism_x, prism_y = 2.0 * (s1 + 2.0 * s2 * s), 2.0 * (s3 + 2.0 * s4 * s)
        xx = radial + 2.0 * x * x * growth + 2.0 * p1 * y + 6.0 * p2 * x + prism_x * x
        xy, yx = mixed + prism_x * y, mixed + prism_y * x
        yy = radial + 2.0 * y * y * growth + 6.0 * p1 * y + 2.0 * p2 * x + prism_y * y
        ex, ey = error[..., 0], error[..., 1]
        return (
            np.stack((yy * ex - xy * ey, xx * ey - yx * ex), axis=-1)
            / np.asarray(xx * yy - xy * yx)[..., None]
        )

    def _inside(self, points: Float64) -> Float64:
        """Pull points that left the lens back to just inside its limit."""
        radius = np.hypot(points[..., 0], points[..., 1])[..., None]
        return np.where(radius < self.limit, points, points * (self.limit / radius * (1 - 1e-9)))

    def _first_guess(self, target: Float64) -> Float64:
        """Invert the radial part by a table; the rest is small."""
        radius = np.hypot(target[..., 0], target[..., 1])
        wanted = float(np.nanmax(radius, initial=0.0))
        top = 1.0
        while top < min(self.limit, 1e4) and top * self._factor(np.array(top * top)) < wanted:
            top *= 2.0
        radii = np.linspace(0.0, min(top, self.limit), _TABLE)
        bent = np.maximum.accumulate(radii * self._factor(radii * radii))
        found = np.interp(radius, bent, radii)
        return self._inside(target * np.where(radius > 0.0, found / radius, 1.0)[..., None])


def _transform(matrix: Float64, points: Float64) -> Float64:
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[..., :2] / mapped[..., 2:], np.float64)
