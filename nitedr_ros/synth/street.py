"""Measures of the street, and the light that its lamps throw. World: x right, y down, z ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SPEED_MPS = 12.0
CAMERA_X, CAMERA_Y = 1.75, -1.4
LANE_X = 1.75
PARKED_X = 4.65
KERB_X = 5.8
WALL_X = 9.6
BACK_WALL_X = 24.0
LAMP_SPACING_M = 25.0
LAMP_POST_X, LAMP_HEAD_X, LAMP_HEIGHT_M = 6.3, 5.2, 6.5
LAMP_COLOUR = (0.42, 0.74, 1.0)
"""Blue, green, red of the street lamps, linear."""

Values = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]


def lamp_offset(side: int) -> float:
    """Return z of the first lamp of a side (-1 left, 1 right): the lamps stand staggered."""
    return 0.0 if side > 0 else LAMP_SPACING_M / 2


def lamp_light(x: npt.ArrayLike, z: npt.ArrayLike, height: float = 0.0) -> Values:
    """Return how much lamp light reaches a level spot, 1 straight below a lone lamp.

    x, z: metres, broadcast together. The head throws its light downwards: it falls off faster
    sideways than the inverse square law with the cosine of the incidence.
    """
    x, z = np.asarray(x, np.float64), np.asarray(z, np.float64)
    drop = LAMP_HEIGHT_M - height
    total = np.zeros(np.broadcast_shapes(x.shape, z.shape))
    for side in (-1, 1):
        phase = np.mod(z - lamp_offset(side), LAMP_SPACING_M)
        for dz in (phase + LAMP_SPACING_M, phase, phase - LAMP_SPACING_M):
            squared = (x - side * LAMP_HEAD_X) ** 2 + dz**2 + drop**2
            total += (drop**2 / squared) ** 2.6
    return total


def wall_light(z: Floats, height: Floats, side: int) -> Values:
    """Return how much lamp light reaches the house wall of a side, at most about 1."""
    gap = WALL_X - LAMP_HEAD_X
    phase = np.mod(z - lamp_offset(side), LAMP_SPACING_M)
    above = np.maximum(height - LAMP_HEIGHT_M, 0.0)
    total: Values = np.zeros(np.broadcast_shapes(phase.shape, height.shape))
    for dz in (phase, phase - LAMP_SPACING_M):
        squared = gap**2 + dz**2 + (height - LAMP_HEIGHT_M) ** 2
        total += (gap**2 / squared) ** 1.5
    total *= np.exp(-above / 0.8)
    return total
