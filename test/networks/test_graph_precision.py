"""fp16 where it does no harm: which nodes stay in fp32, and what the types are then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.export_job import ExportJob, run_export
from nitedr_ros.networks.graphs.agreement import Agreement, compare
from nitedr_ros.networks.graphs.half import to_half
from nitedr_ros.networks.graphs.measured import measure
from nitedr_ros.networks.graphs.precision import nodes_for_half
from nitedr_ros.networks.graphs.samples import drawn_sample
from nitedr_ros.networks.graphs.wiring import Wiring
from nitedr_ros.networks.sources import Source

SIZE = (64, 96)


def graph_of(*between: tuple, constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Return a graph of nodes (operator, inputs, output, attributes) from `start` to `end`.

    `start` and `end`: float [1, 3, H, W] in [0, 1]; `end` becomes both images.
    """
    nodes = [
        helper.make_node('Cast', ['visible'], ['levels'], to=TensorProto.FLOAT),
        helper.make_node('Transpose', ['levels'], ['planes'], perm=[0, 3, 1, 2]),
        helper.make_node('Div', ['planes', '255'], ['start']),
        *(
            helper.make_node(kind, inputs, [output], name=output, **attributes)
            for kind, inputs, output, attributes in between
        ),
        helper.make_node('Clip', ['end', '0', '1'], ['clipped']),
        helper.make_node('Mul', ['clipped', '255'], ['scaled']),
        helper.make_node('Round', ['scaled'], ['rounded']),
        helper.make_node('Transpose', ['rounded'], ['pixels'], perm=[0, 2, 3, 1]),
        helper.make_node('Cast', ['pixels'], ['fused'], to=TensorProto.UINT8),
        helper.make_node('Cast', ['pixels'], ['derained'], to=TensorProto.UINT8),
    ]
    images = [('visible', [1, *SIZE, 3]), ('thermal', [1, *SIZE])]
    inputs = [helper.make_tensor_value_info(n, TensorProto.UINT8, s) for n, s in images]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, [1, *SIZE, 3])
        for name in ('fused', 'derained')
    ]
    scalars = {name: np.array(int(name), np.float32) for name in ('0', '1', '255')}
    tensors = [numpy_helper.from_array(v, n) for n, v in {**scalars, **constants}.items()]
    graph = helper.make_graph(nodes, 'test', inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def pixelwise(gain: float, bias: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return weight and bias of a 1x1 convolution that scales each channel by itself."""
    weight = np.eye(3, dtype=np.float32)[..., None, None] * np.float32(gain)
    return weight, np.full(3, bias, np.float32)


def converted(model: onnx.ModelProto) -> tuple[onnx.ModelProto, set[str], Agreement]:
    """Return the graph in fp16, what its fp16 nodes made in fp32, and how both agree."""
    sample = drawn_sample(SIZE)
    half = nodes_for_half(model, measure(model, [sample.pair]))
    graph = to_half(model, half)
    names = {model.graph.node[index].output[0] for index in half}
    return graph, names, compare(model, graph, [sample])


def test_values_beyond_fp16_stay_in_fp32() -> None:
    model = graph_of(
        ('Conv', ['start', 'up', 'none'], 'large', {}),
        ('Conv', ['large', 'up', 'none'], 'huge', {}),
        ('Conv', ['huge', 'down', 'none'], 'back', {}),
        ('Conv', ['back', 'down', 'none'], 'end', {}),
        constants={
            'up': pixelwise(1e3)[0],
            'down': pixelwise(1e-3)[0],
            'none': np.zeros(3, np.float32),
        },
    )
    _, names, agreement = converted(model)
    assert names == {'large', 'end'}
    assert not agreement.complaint
    everything = to_half(model, {3, 4, 5, 6})
    assert 'no numbers' in compare(model, everything, [drawn_sample(SIZE)]).complaint


def test_norms_and_their_small_constants_stay_in_fp32() -> None:
    weight, bias = pixelwise(1)
    model = graph_of(
        ('Conv', ['start', 'same', 'none'], 'features', {}),
        ('ReduceMean', ['features'], 'mean', {'axes': [1]}),
        ('Sub', ['features', 'mean'], 'centred', {}),
        ('Mul', ['centred', 'centred'], 'squared', {}),
        ('ReduceMean', ['squared'], 'variance', {'axes': [1]}),
        ('Add', ['variance', 'epsilon'], 'raised', {}),
        ('Sqrt', ['raised'], 'deviation', {}),
        ('Div', ['centred', 'deviation'], 'normal', {}),
        ('Conv', ['normal', 'quarter', 'middle'], 'end', {}),
        constants={
            'same': weight,
            'none': bias,
            'epsilon': np.array(1e-5, np.float32),
            'quarter': pixelwise(0.25)[0],
            'middle': pixelwise(0, 0.5)[1],
        },
    )
    _, names, agreement = converted(model)
    assert names == {'features', 'end'}
    assert not agreement.complaint


def test_products_that_sum_over_the_image_stay_in_fp32() -> None:
    weight, bias = pixelwise(1)
    model = graph_of(
        ('Conv', ['start', 'same', 'none'], 'features', {}),
        ('Reshape', ['features', 'rows'], 'flat', {}),
        ('Transpose', ['flat'], 'turned', {'perm': [0, 2, 1]}),
        ('MatMul', ['flat', 'turned'], 'similar', {}),
        ('Softmax', ['similar'], 'weights', {'axis': -1}),
        ('MatMul', ['weights', 'flat'], 'attended', {}),
        ('Reshape', ['attended', 'image'], 'planar', {}),
        ('Conv', ['planar', 'same', 'none'], 'end', {}),
        constants={
            'same': weight,
            'none': bias,
            'rows': np.array([1, 3, -1]),
            'image': np.array([1, 3, *SIZE]),
        },
    )
    _, names, agreement = converted(model)
    assert not names & {'similar', 'weights'}
    assert {'features', 'attended', 'end'} <= names
    assert not agreement.complaint


def test_conversions_between_two_networks_stay_in_fp32() -> None:
    weight, bias = pixelwise(1)
    model = graph_of(
        ('Conv', ['start', 'same', 'none'], 'first', {}),
        ('Mul', ['first', '255'], 'grey', {}),
        ('Floor', ['grey'], 'whole', {}),
        ('Mul', ['whole', 'back'], 'unit', {}),
        ('Conv', ['unit', 'same', 'none'], 'end', {}),
        constants={'same': weight, 'none': bias, 'back': np.array(1 / 255, np.float32)},
    )
    _, names, _ = converted(model)
    assert names == {'first', 'end'}


def test_types_that_the_standard_fixes_stay() -> None:
    weight, bias = pixelwise(1)
    model = graph_of(
        ('Conv', ['start', 'same', 'none'], 'first', {}),
        ('AveragePool', ['first'], 'coarse', {'kernel_shape': [2, 2], 'strides': [2, 2]}),
        ('Resize', ['coarse', '', 'twice'], 'fine', {'mode': 'linear'}),
        ('Conv', ['fine', 'same', 'none'], 'end', {}),
        constants={
            'same': weight,
            'none': bias,
            'twice': np.array([1, 1, 2, 2], np.float32),
        },
    )
    graph, names, agreement = converted(model)
    assert names == {'first', 'coarse', 'fine', 'end'}
    types = {tensor.name: tensor.data_type for tensor in graph.graph.initializer}
    assert types['twice'] == TensorProto.FLOAT
    assert types['same/fp16'] == types['none/fp16'] == TensorProto.FLOAT16
    assert 'same' not in types
    casts = [node for node in graph.graph.node if node.op_type == 'Cast']
    assert len(casts) == 3 + 2
    assert not agreement.complaint


def test_fp16_that_loses_too_much_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    model = graph_of(
        ('Conv', ['start', 'same', 'up'], 'raised', {}),
        ('Conv', ['raised', 'same', 'down'], 'end', {}),
        constants={
            'same': pixelwise(1)[0],
            'up': pixelwise(0, 1000)[1],
            'down': pixelwise(0, -1000)[1],
        },
    )
    out = tmp_path / 'graph.onnx'
    job = ExportJob('lossy', out, SIZE, 'fp16', registry=tmp_path / 'models')
    with pytest.raises(EngineError, match=r'lossy in fp16 .* grey levels on average, allowed'):
        run_export(Source(model, '1', 1, {}), job)
    assert list(tmp_path.iterdir()) == []


def test_graphs_with_branches_are_refused() -> None:
    branch = helper.make_graph([], 'branch', [], [])
    node = helper.make_node('If', ['which'], ['end'], then_branch=branch, else_branch=branch)
    with pytest.raises(EngineError, match='without branches'):
        Wiring(helper.make_graph([node], 'branching', [], []))
