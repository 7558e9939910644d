"""ONNX Runtime and OpenVINO on a graph whose results are known."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.errors import EngineError

ENGINES = [
    'onnxruntime',
    pytest.param(
        'openvino',
        marks=pytest.mark.skipif(find_spec('openvino') is None, reason='openvino not installed'),
    ),
]


@pytest.fixture
def make_engine(tiny_model: Model) -> Callable[[str], Engine]:
    return lambda name: create_engine(name, tiny_model, EngineConfig(threads=1, precision='fp32'))


@pytest.mark.parametrize('name', ENGINES)
@pytest.mark.parametrize('height, width', [(32, 48), (36, 50), (9, 17)])
def test_computes_the_graph_at_any_size(
    make_engine: Callable[[str], Engine], name: str, height: int, width: int
) -> None:
    rng = np.random.default_rng(height)
    visible = rng.integers(0, 256, (height, width, 3), np.uint8)
    thermal = rng.integers(0, 256, (height, width), np.uint8)
    result = make_engine(name).infer(visible, thermal)
    expected = visible // 2
    np.testing.assert_array_equal(result.derained, expected)
    np.testing.assert_array_equal(result.fused, np.maximum(expected, thermal[..., None]))
    assert result.seconds > 0


@pytest.mark.parametrize('name', ENGINES)
def test_results_are_not_overwritten_by_the_next_frame(
    make_engine: Callable[[str], Engine], name: str
) -> None:
    engine = make_engine(name)
    thermal = np.zeros((32, 48), np.uint8)
    first = engine.infer(np.full((32, 48, 3), 200, np.uint8), thermal)
    engine.infer(np.full((32, 48, 3), 40, np.uint8), thermal)
    assert (first.derained == 100).all()
    assert (first.fused == 100).all()


@pytest.mark.parametrize('name', ENGINES)
def test_reads_images_that_are_not_contiguous(
    make_engine: Callable[[str], Engine], name: str, pair: tuple[np.ndarray, np.ndarray]
) -> None:
    visible, thermal = pair
    engine = make_engine(name)
    straight = engine.infer(np.ascontiguousarray(visible[:, ::-1]), thermal)
    strided = engine.infer(visible[:, ::-1], thermal)
    np.testing.assert_array_equal(straight.fused, strided.fused)


@pytest.mark.parametrize('name', ENGINES)
def test_info_names_engine_and_model(
    make_engine: Callable[[str], Engine], name: str, tiny_model: Model
) -> None:
    info = make_engine(name).info
    assert (info.engine, info.precision) == (name, 'fp32')
    assert (info.model, info.model_sha256) == ('tiny', tiny_model.sha256)


@pytest.mark.parametrize('name', ENGINES)
def test_sizes_that_differ_are_the_callers_mistake(
    make_engine: Callable[[str], Engine], name: str
) -> None:
    with pytest.raises(ValueError, match='one size'):
        make_engine(name).infer(np.zeros((32, 48, 3), np.uint8), np.zeros((32, 40), np.uint8))


def test_an_execution_provider_that_is_not_there_is_refused(tiny_model: Model) -> None:
    config = EngineConfig(providers=('MoonExecutionProvider',))
    with pytest.raises(EngineError, match=r'got MoonExecutionProvider'):
        create_engine('onnxruntime', tiny_model, config)


def test_onnxruntime_refuses_bf16(tiny_model: Model) -> None:
    with pytest.raises(EngineError, match='fp32'):
        create_engine('onnxruntime', tiny_model, EngineConfig(precision='bf16'))


def test_passthrough_changes_nothing(
    tiny_model: Model, pair: tuple[np.ndarray, np.ndarray]
) -> None:
    engine = create_engine('passthrough', tiny_model, EngineConfig())
    engine.warm_up(36, 50)
    result = engine.infer(*pair)
    assert result.fused is pair[0]
    assert result.derained is pair[0]
