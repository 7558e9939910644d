"""Fixtures that several test folders share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from hypothesis import settings
from onnx import TensorProto, helper

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.model import Model, read_model
from nitedr_ros.networks.graphs.camera_frames import with_camera_frames
from nitedr_ros.networks.graphs.fixed import fix_size

# How long a busy machine takes says nothing of what is right.
settings.register_profile('nitedr', deadline=None)
settings.load_profile('nitedr')


def tiny_graph(*, derained_gain: float = 0.5) -> onnx.ModelProto:
    """Return a graph that follows the models' contract: derained = gain * visible, fused = max."""
    image = ['height', 'width']
    inputs = [
        helper.make_tensor_value_info('visible', TensorProto.UINT8, [1, *image, 3]),
        helper.make_tensor_value_info('thermal', TensorProto.UINT8, [1, *image]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, [1, *image, 3])
        for name in ('fused', 'derained')
    ]
    float32 = TensorProto.FLOAT
    nodes = [
        helper.make_node('Cast', ['visible'], ['rgb'], to=float32),
        helper.make_node('Cast', ['thermal'], ['heat'], to=float32),
        helper.make_node('Unsqueeze', ['heat', 'last'], ['heat_channel']),
        helper.make_node('Mul', ['rgb', 'gain'], ['dimmed']),
        helper.make_node('Max', ['dimmed', 'heat_channel'], ['brighter']),
        helper.make_node('Cast', ['dimmed'], ['derained'], to=TensorProto.UINT8),
        helper.make_node('Cast', ['brighter'], ['fused'], to=TensorProto.UINT8),
    ]
    constants = [
        helper.make_tensor('gain', float32, [], [derained_gain]),
        helper.make_tensor('last', TensorProto.INT64, [1], [3]),
    ]
    graph = helper.make_graph(nodes, 'tiny', inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def write_model(
    folder: Path, name: str, graph: onnx.ModelProto, *, size_multiple: int = 8
) -> Model:
    """Write a registry entry for a graph and read it back."""
    place = folder / name
    place.mkdir(parents=True)
    content = graph.SerializeToString()
    (place / 'graph.onnx').write_bytes(content)
    description = {
        'name': name,
        'version': '1.2.3',
        'summary': 'for tests',
        'onnx': 'graph.onnx',
        'sha256': hashlib.sha256(content).hexdigest(),
        'size_multiple': size_multiple,
    }
    (place / 'model.yaml').write_text(yaml.safe_dump(description))
    return read_model(place / 'model.yaml')


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """An empty registry folder."""
    return tmp_path / 'registry'


@pytest.fixture
def tiny_model(registry: Path) -> Model:
    """A model whose outputs are known: derained = visible / 2, fused = max(that, thermal)."""
    return write_model(registry, 'tiny', tiny_graph())


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
    fix_size(networks, 32, 48)
    content = with_camera_frames(networks, frames).SerializeToString()
    folder = tiny_model.path.parents[1] / 'cameras'
    folder.mkdir()
    (folder / 'graph.onnx').write_bytes(content)
    description = {
        **tiny_model.model_dump(exclude={'variants'}, exclude_none=True),
        'name': 'cameras',
        'sha256': hashlib.sha256(content).hexdigest(),
        'size': [32, 48],
        'camera_frames': frames.model_dump(mode='json'),
    }
    (folder / 'model.yaml').write_text(yaml.safe_dump(description))
    return read_model(folder / 'model.yaml')


@pytest.fixture
def add_model() -> Callable[[Path, str], Model]:
    """Writes a model like tiny_model into any registry folder, under any name."""
    return lambda folder, name: write_model(folder, name, tiny_graph())


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A random visible uint8 [36, 50, 3] and thermal uint8 [36, 50] image."""
    rng = np.random.default_rng(3)
    visible = rng.integers(0, 256, (36, 50, 3), np.uint8)
    thermal = rng.integers(0, 256, (36, 50), np.uint8)
    return visible, thermal
