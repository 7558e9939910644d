"""ONNX Runtime on a graph that takes images as the cameras give them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.frames_engine import graph_inputs
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_frames_engine import OnnxRuntimeFramesEngine
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.errors import EngineError

MakePair = Callable[..., CameraPair]


@pytest.fixture
def engine(camera_model: Model) -> OnnxRuntimeFramesEngine:
    return OnnxRuntimeFramesEngine(camera_model, threads=1)


def by_session(model: Model, pair: CameraPair) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(
        model.read_verified(), providers=['CPUExecutionProvider']
    )
    names = [output.name for output in session.get_outputs()]
    assert model.camera_frames is not None
    found = session.run(names, graph_inputs(pair, model.camera_frames))
    return {name: image[0] for name, image in zip(names, found, strict=True)}


def assert_as_by_session(
    engine: OnnxRuntimeFramesEngine, pair: CameraPair
) -> dict[str, np.ndarray]:
    found, expected = engine.infer_frames(pair), by_session(engine.model, pair)
    np.testing.assert_array_equal(found.fused, expected['fused'])
    np.testing.assert_array_equal(found.derained, expected['derained'])
    if pair.thermal is None:
        assert found.thermal_registered is None
    else:
        np.testing.assert_array_equal(found.thermal_registered, expected['thermal_registered'])
    assert found.seconds > 0
    return expected


def test_computes_the_graph(engine: OnnxRuntimeFramesEngine, camera_pair: MakePair) -> None:
    expected = assert_as_by_session(engine, camera_pair(1))
    assert all(image.std() > 10 for image in expected.values())
    assert (expected['fused'] != expected['derained']).any()


def test_keeps_the_maps_until_they_change(
    engine: OnnxRuntimeFramesEngine, camera_pair: MakePair
) -> None:
    engine.warm_up(32, 48)
    first = assert_as_by_session(engine, camera_pair(1))
    assert_as_by_session(engine, camera_pair(2))
    turned = camera_pair(1).visible_grid[:, ::-1].copy()
    second = assert_as_by_session(engine, camera_pair(1, visible_grid=turned))
    np.testing.assert_array_equal(second['derained'], first['derained'][::-1])
    assert_as_by_session(engine, camera_pair(3, thermal_weight=None))


def test_without_thermal_the_derained_image_goes_out(
    engine: OnnxRuntimeFramesEngine, camera_pair: MakePair
) -> None:
    assert_as_by_session(engine, camera_pair(1))
    expected = assert_as_by_session(engine, camera_pair(1, thermal=False))
    np.testing.assert_array_equal(expected['fused'], expected['derained'])
    assert_as_by_session(engine, camera_pair(1))


def test_results_are_not_overwritten(
    engine: OnnxRuntimeFramesEngine, camera_pair: MakePair
) -> None:
    first = engine.infer_frames(camera_pair(1))
    kept = first.fused.copy()
    engine.infer_frames(camera_pair(2))
    np.testing.assert_array_equal(first.fused, kept)


def test_images_of_another_size_are_refused_in_a_line(
    engine: OnnxRuntimeFramesEngine, camera_pair: MakePair
) -> None:
    pair = camera_pair(1)
    other = CameraPair(pair.visible[:, :30], *list(vars(pair).values())[1:])
    with pytest.raises(EngineError, match='ONNX Runtime failed: ') as caught:
        engine.infer_frames(other)
    assert '\n' not in str(caught.value)
    assert_as_by_session(engine, pair)


def test_is_what_a_model_with_camera_frames_gets(camera_model: Model, tiny_model: Model) -> None:
    config = EngineConfig(name='onnxruntime', threads=1)
    engine = create_engine('onnxruntime', camera_model, config)
    assert isinstance(engine, OnnxRuntimeFramesEngine)
    assert (engine.info.engine, engine.info.model) == ('onnxruntime', 'cameras')
    assert engine.info.runtime == f'onnxruntime {onnxruntime.__version__} CPU'
    with pytest.raises(EngineError, match='expected a model with camera_frames, tiny has none'):
        OnnxRuntimeFramesEngine(tiny_model)
