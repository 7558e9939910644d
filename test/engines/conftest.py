"""Pairs as the cameras give them, for camera_model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nitedr_ros.engines.camera_pair import CameraPair

SIZE = (32, 48)


def grid_of(scale: float) -> np.ndarray:
    rows, columns = (np.linspace(-scale, scale, side, dtype=np.float32) for side in SIZE)
    return np.stack(np.meshgrid(columns, rows), -1)[None]


@pytest.fixture
def camera_pair() -> Callable[..., CameraPair]:
    """Makes a random pair for camera_model; of the same view unless a test changes the maps."""
    visible_grid, thermal_grid = grid_of(0.9), grid_of(0.7)
    thermal_range = (255 / 1000, -0.25 * 255)
    weight = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)

    def make(seed: int, *, thermal: bool = True, **changes: object) -> CameraPair:
        rng = np.random.default_rng(seed)
        visible = rng.integers(0, 256, (1, 60, 80, 3), np.uint8)
        values = rng.integers(250, 1250, (1, 24, 30, 1)).astype('<u2').view(np.uint8)
        maps = {
            'visible_grid': visible_grid,
            'thermal_grid': thermal_grid if thermal else None,
            'thermal_range': thermal_range,
            'thermal_weight': weight,
        }
        return CameraPair(visible, values if thermal else None, **(maps | changes))

    return make
