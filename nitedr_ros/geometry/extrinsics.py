"""Where the thermal camera is, and the plane on which both images meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError

Float64 = npt.NDArray[np.float64]

ORTHOGONAL = 1e-3
"""Largest deviation of R @ R.T from the identity that counts as rounding."""


@dataclass(frozen=True, eq=False)
class Extrinsics:
    """The pose of one frame in another: X_target = rotation @ X_source + translation.

    For the thermal camera the target is the visible optical frame, the source the thermal one.
    rotation: float64 [3, 3]. translation: float64 [3], metres. Raises CalibrationError where the
    rotation isn't one or a number isn't finite.
    """

    rotation: Float64
    translation: Float64

    def __post_init__(self) -> None:
        object.__setattr__(self, 'rotation', as_rotation(self.rotation))
        translation = np.array(self.translation, np.float64)
        if translation.shape != (3,) or not np.isfinite(translation).all():
            raise CalibrationError(
                f'expected a translation of three finite metres, got {translation.tolist()}'
            )
        translation.flags.writeable = False
        object.__setattr__(self, 'translation', translation)

    def __eq__(self, other: object) -> bool:
        """Tell whether all numbers agree."""
        return (
            isinstance(other, Extrinsics)
            and np.array_equal(self.rotation, other.rotation)
            and np.array_equal(self.translation, other.translation)
        )

    def __hash__(self) -> int:
        return hash((self.rotation.tobytes(), self.translation.tobytes()))

    def __matmul__(self, other: Extrinsics) -> Extrinsics:
        """Chain: (a from b) @ (b from c) is a from c."""
        return Extrinsics(
            self.rotation @ other.rotation,
            self.rotation @ other.translation + self.translation,
        )

    @classmethod
    def identity(cls) -> Extrinsics:
        """Return the pose of a frame in itself."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_quaternion(
        cls, rotation_xyzw: Sequence[float], translation: Sequence[float]
    ) -> Extrinsics:
        """Return the pose by a quaternion x, y, z, w of any length but 0 and metres.

        Raises CalibrationError for a quaternion of length 0 and for NaN and infinity.
        """
        quaternion = np.asarray(rotation_xyzw, np.float64)
        length = float(np.linalg.norm(quaternion))
        if quaternion.shape != (4,) or not np.isfinite(length) or length < 1e-9:
            raise CalibrationError(
                f'expected a quaternion x, y, z, w of length 1, got {quaternion.tolist()}'
            )
        x, y, z, w = quaternion / length
        rotation = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        return cls(rotation, np.asarray(translation, np.float64))

    def inverse(self) -> Extrinsics:
        """Return the pose of the target frame in the source frame."""
        return Extrinsics(self.rotation.T, -self.rotation.T @ self.translation)


@dataclass(frozen=True, eq=False)
class Plane:
    """All X with normal . X = distance in the visible optical frame.

    normal: float64 [3], brought to unit length. distance: metres, > 0. Raises CalibrationError
    for a normal without direction and a distance that isn't positive and finite.
    """

    normal: Float64
    distance: float

    def __post_init__(self) -> None:
        normal = np.array(self.normal, np.float64)
        length = float(np.linalg.norm(normal))
        if normal.shape != (3,) or not np.isfinite(length) or length < 1e-9:
            raise CalibrationError(f'expected a plane with a normal, got {normal.tolist()}')
        if not 0.0 < self.distance < np.inf:
            raise CalibrationError(
                f'expected a plane in front of the camera, got a distance of {self.distance} m'
            )
        normal /= length
        normal.flags.writeable = False
        object.__setattr__(self, 'normal', normal)


def as_rotation(matrix: npt.ArrayLike) -> Float64:
    """Return the rotation matrix nearest to one that is rounded, float64 [3, 3], read-only.

    Raises CalibrationError where it is none by more than `ORTHOGONAL`.
    """
    given = np.asarray(matrix, np.float64)
    if (
        given.shape != (3, 3)
        or not np.isfinite(given).all()
        or np.abs(given @ given.T - np.eye(3)).max() > ORTHOGONAL
        or np.linalg.det(given) < 0.0
    ):
        raise CalibrationError(
            f'expected a rotation matrix, got {np.round(given, 4).tolist()}; calibrate again'
        )
    left, _, right = np.linalg.svd(given)
    rotation = np.asarray(left @ right, np.float64)
    rotation.flags.writeable = False
    return rotation
