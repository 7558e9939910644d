"""Models that take images as the cameras give them: descriptions, and who refuses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model, read_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.errors import EngineError

FRAMES = {
    'visible': {'height': 72, 'width': 128, 'encoding': 'bgr8'},
    'thermal': {'height': 51, 'width': 64, 'encoding': 'mono16'},
    'visible_bins': [2, 1],
}


def written(model: Model, **changes: object) -> Model:
    path = model.path.parent / 'model.yaml'
    fields = {**model.model_dump(mode='json'), **changes}
    path.write_text(yaml.safe_dump(fields))
    return read_model(path)


def test_the_section_survives_being_written(tiny_model: Model) -> None:
    assert tiny_model.camera_frames is None
    found = written(tiny_model, size=[64, 96], camera_frames=FRAMES)
    frames = found.camera_frames
    assert frames is not None
    assert frames.visible == CameraFormat(height=72, width=128, encoding='bgr8')
    assert (frames.visible_bins, frames.thermal_bins) == ((2, 1), (1, 1))
    assert written(found) == found


@pytest.mark.parametrize(
    ('encoding', 'shape'),
    [
        ('rgb8', (1, 72, 128, 3)),
        ('bgra8', (1, 72, 128, 4)),
        ('mono8', (1, 72, 128, 1)),
        ('mono16', (1, 72, 128, 2)),
        ('bayer_rggb8', (1, 72, 128, 1)),
        ('bayer_rggb16', (1, 72, 128, 2)),
        ('yuv422', (1, 72, 128, 2)),
        ('nv12', (1, 108, 128, 1)),
    ],
)
def test_shapes_are_those_of_the_bytes(encoding: str, shape: tuple[int, ...]) -> None:
    assert CameraFormat(height=72, width=128, encoding=encoding).shape == shape


@pytest.mark.parametrize(
    ('change', 'complaint'),
    [
        ({'visible': {**FRAMES['visible'], 'encoding': 'rgb9'}}, "got 'rgb9'"),
        ({'visible': {**FRAMES['visible'], 'encoding': '32FC1'}}, 'encoding of integers'),
        ({'visible': {**FRAMES['visible'], 'height': 0}}, 'visible.height'),
        ({'visible': {**FRAMES['visible'], 'width': 40_000}}, 'visible.width'),
        ({'visible': {'height': 71, 'width': 128, 'encoding': 'bayer_rggb8'}}, 'even width'),
        ({'visible': {'height': 71, 'width': 128, 'encoding': 'nv12'}}, 'even width'),
        ({'thermal': {**FRAMES['thermal'], 'encoding': 'rgb8'}}, 'expected one of mono8'),
        ({'thermal': {**FRAMES['thermal'], 'encoding': '32FC1'}}, 'camera_frames.thermal'),
        ({'visible_bins': [3, 1]}, 'powers of 2, got 3x1'),
        ({'visible_bins': [0, 1]}, 'powers of 2, got 0x1'),
        ({'thermal_bins': [128, 1]}, 'bins within 64x51 pixels, got 128x1'),
        ({'exposure': 3}, 'camera_frames.exposure'),
    ],
)
def test_wrong_sections_are_refused_in_one_line(
    tiny_model: Model, change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(EngineError) as caught:
        written(tiny_model, size=[64, 96], camera_frames={**FRAMES, **change})
    assert complaint in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_size_is_needed(tiny_model: Model) -> None:
    with pytest.raises(EngineError, match='expected size beside camera_frames'):
        written(tiny_model, camera_frames=FRAMES)


def openvino(model: Model) -> Engine:
    pytest.importorskip('openvino', reason='openvino is not installed: its refusal is not tested')
    return create_engine('openvino', model, EngineConfig(threads=1, precision='fp32'))


@pytest.mark.parametrize('make', [OnnxRuntimeEngine, openvino])
def test_engines_of_pairs_refuse_them(tiny_model: Model, make: Callable[[Model], Engine]) -> None:
    changes = {'size': (64, 96), 'camera_frames': CameraFrames.model_validate(FRAMES)}
    model = tiny_model.model_copy(update=changes).located(tiny_model.path.parent)
    with pytest.raises(EngineError, match='tiny takes images as the cameras give them') as caught:
        make(model)
    assert '\n' not in str(caught.value)
