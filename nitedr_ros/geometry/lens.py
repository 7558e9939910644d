"""What a lens does to normalised coordinates, by the models of sensor_msgs/CameraInfo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Lens(ABC):
    """A distortion model of REP-104 with its parameters d, in OpenCV's order.

    Coordinates are normalised (ray / z), float64 [..., 2]. Where the model's radius turns back,
    the lens shows nothing more: a polynomial that was fitted inside the image folds what lies
    outside back into it.
    """

    model: str
    d: tuple[float, ...]

    @property
    @abstractmethod
    def straight(self) -> bool:
        """Whether it changes nothing, as a pinhole."""

    @property
    @abstractmethod
    def limit(self) -> float:
        """The undistorted radius from which on the lens shows nothing; may be infinite."""

    @abstractmethod
    def distort(self, points: Float64) -> Float64:
        """Return where undistorted points appear; NaN from the limit on."""

    @abstractmethod
    def undistort(self, points: Float64) -> Float64:
        """Return the inverse of `distort`, to 1e-10; NaN where no undistorted point appears."""


def first_positive_root(coefficients: npt.ArrayLike) -> float:
    """Return the smallest positive real root of a polynomial, lowest order first; inf if none."""
    given = np.asarray(coefficients, np.float64)
    # Smaller ones act on rays at right angles to the axis only, and overflow.
    given = np.where(np.abs(given) < _NEGLIGIBLE, 0.0, given)
    roots = np.roots(np.trim_zeros(given, 'b')[::-1])
    real = roots[np.abs(roots.imag) <= 1e-9 * np.abs(roots)].real
    return float(np.min(real[real > 0.0], initial=np.inf))
