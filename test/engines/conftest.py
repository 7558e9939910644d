"""A model that takes images as the cameras give them, and pairs for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import onnx
import pytest
import yaml

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.model import Model, read_model
from nitedr_ros.networks.graphs.camera_frames import with_camera_frames
from nitedr_ros.networks.graphs.fixed import fix_size

SIZE = (32, 48)


@pytest.fixture
def camera_model(tiny_model: Model) -> Model:
    """The networks of tiny_model behind cameras of 80x60 and 30x24 pixels; gives 48x32."""
    frames = CameraFrames.model_validate(
        {
            'visible': {'height': 60, 'width': 80, 'encoding': 'bgr8'},
            'thermal': {'height': 24, 'width': 30, 'encoding': 'mono16'},
        }
    )
    networks = onnx.load(str(tiny_model.path))
    fix_size(networks, *SIZE)
    content = with_camera_frames(networks, frames).SerializeToString()
    folder = tiny_model.path.parents[1] / 'cameras'
    folder.mkdir()
    (folder / 'graph.onnx').write_bytes(content)
    description = {
        **tiny_model.model_dump(exclude={'variants'}, exclude_none=True),
        'name': 'cameras',
        'sha256': hashlib.sha256(content).hexdigest(),
        'size': list(SIZE),
        'camera_frames': frames.model_dump(mode='json'),
    }
    (folder / 'model.yaml').write_text(yaml.safe_dump(description))
    return read_model(folder / 'model.yaml')


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
