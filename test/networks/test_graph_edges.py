"""A graph whose edges were rewritten gives the same images, at any size, from bytes to bytes."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import EngineError
from nitedr_ros.networks.export_job import rewritten
from nitedr_ros.networks.graphs.session import GraphSession
from nitedr_ros.networks.sources import Source, from_registry
from nitedr_ros.resources import models_folder

UINT8 = onnx.TensorProto.UINT8


@pytest.fixture(scope='module')
def source() -> Source:
    return from_registry(find_model('nitedr-lite', models_folder()))


@pytest.fixture(scope='module')
def engine() -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(find_model('nitedr-lite', models_folder()), threads=1)


def random_images(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 256, size, np.uint8)


@pytest.mark.parametrize('fixed', [True, False])
@pytest.mark.parametrize('size', [(64, 96), (61, 83), (8, 9)])
def test_pads_inside_as_the_engines_pad_outside(
    source: Source, engine: OnnxRuntimeEngine, size: tuple[int, int], fixed: bool
) -> None:
    images = random_images(size)
    found = GraphSession(rewritten(source, size if fixed else None)).run(*images)
    expected = engine.infer(*images)
    for name in ('fused', 'derained'):
        image = found[name]
        assert image.shape == (1, *size, 3)
        difference = np.abs(image[0].astype(int) - getattr(expected, name))
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3


@pytest.mark.parametrize('size', [(61, 83), None])
def test_bytes_are_cast_first_and_last(source: Source, size: tuple[int, int] | None) -> None:
    graph = onnx.shape_inference.infer_shapes(rewritten(source, size), strict_mode=True).graph
    values = (*graph.input, *graph.value_info, *graph.output)
    images = {value.name for value in values if value.type.tensor_type.elem_type == UINT8}
    assert images == {'visible', 'thermal', 'fused', 'derained'}
    for node in graph.node:
        if images.intersection([*node.input, *node.output]):
            assert node.op_type == 'Cast'


def test_one_size_leaves_nothing_to_compute_from_shapes(source: Source) -> None:
    graph = rewritten(source, (61, 83))
    kinds = {node.op_type for node in graph.graph.node}
    assert not kinds & {'Shape', 'Gather', 'Constant', 'ConstantOfShape'}
    inferred = onnx.shape_inference.infer_shapes(graph, strict_mode=True, data_prop=True).graph
    for value in (*inferred.input, *inferred.value_info, *inferred.output):
        dimensions = value.type.tensor_type.shape.dim
        assert all(dimension.dim_value for dimension in dimensions), value.name


def test_the_source_is_left_as_it_is(source: Source) -> None:
    before = source.graph.SerializeToString()
    rewritten(source, (48, 64))
    assert source.graph.SerializeToString() == before


def test_a_graph_of_one_size_refuses_another(source: Source) -> None:
    fixed = Source(rewritten(source, (48, 64)), '1', 1, {})
    assert rewritten(fixed, (48, 64)).graph.node
    for size in ((64, 48), None):
        with pytest.raises(EngineError, match='expected size 48x64'):
            rewritten(fixed, size)


def test_too_small_a_size_is_refused(source: Source) -> None:
    with pytest.raises(EngineError, match='at least 8x8'):
        rewritten(source, (7, 64))
