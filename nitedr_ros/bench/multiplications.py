"""How many multiply-accumulates a graph costs, from the shapes of its tensors."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from math import prod
from typing import Any


def gmac(graph: bytes, height: int, width: int) -> float | None:
    """Return the billions of multiply-accumulates of convolutions and products for one frame.

    graph: ONNX. height, width: that the graph takes, pixels. None where neither onnx nor OpenVINO
    is installed, or a shape can't be told.
    """
    for package, count in (('onnx', _by_onnx), ('openvino', _by_openvino)):
        if find_spec(package) is not None:
            found = count(graph, height, width)
            if found is not None:
                return found / 1e9
    return None


def _by_onnx(graph: bytes, height: int, width: int) -> int | None:
    onnx = import_module('onnx')
    model = onnx.load_model_from_string(graph)
    for value in model.graph.input:
        dimensions = value.type.tensor_type.shape.dim
        dimensions[1].dim_value, dimensions[2].dim_value = height, width
    # The stated free sizes of the outputs would be taken for contradictions.
    for value in model.graph.output:
        value.type.tensor_type.ClearField('shape')
    del model.graph.value_info[:]
    graph_with_shapes = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph_with_shapes.initializer}
    for value in (*graph_with_shapes.value_info, *model.graph.input, *graph_with_shapes.output):
        dimensions = value.type.tensor_type.shape.dim
        shapes[value.name] = tuple(dimension.dim_value for dimension in dimensions)
    total = 0
    for node in graph_with_shapes.node:
        if node.op_type not in _ONNX:
            continue
        first, weights, output = (
            shapes.get(name, ()) for name in (node.input[0], node.input[1], node.output[0])
        )
        if not (prod(first) and prod(weights) and prod(output) and first and output):
            return None
        total += int(_ONNX[node.op_type](node, first, weights, output))
    return total


def _gemm(
    node: Any, first: tuple[int, ...], _weights: tuple[int, ...], output: tuple[int, ...]
) -> int:
    transposed = any(each.name == 'transA' and each.i for each in node.attribute)
    return prod(output) * first[0 if transposed else 1]


_ONNX: dict[str, Any] = {
    'Conv': lambda _node, _first, weights, output: prod(output) * prod(weights[1:]),
    'ConvTranspose': lambda _node, first, weights, _output: prod(first) * prod(weights[1:]),
    'MatMul': lambda _node, first, _weights, output: prod(output) * first[-1],
    'Gemm': _gemm,
}
"""Multiply-accumulates by kind of node, from the shapes of its inputs and its output."""


def _by_openvino(graph: bytes, height: int, width: int) -> int | None:
    openvino = import_module('openvino')
    model = openvino.Core().read_model(graph)
    model.reshape({'visible': [1, height, width, 3], 'thermal': [1, height, width]})
    total = 0
    for operation in model.get_ordered_ops():
        count = _OPENVINO.get(operation.get_type_name())
        if count is None:
            continue
        shapes = [operation.input(place).get_partial_shape() for place in (0, 1)]
        shapes.append(operation.output(0).get_partial_shape())
        if any(shape.is_dynamic for shape in shapes):
            return None
        total += count(*(tuple(shape.to_shape()) for shape in shapes))
    return total


_OPENVINO: dict[str, Any] = {
    'Convolution': lambda _first, weights, output: prod(output) * prod(weights[1:]),
    'GroupConvolution': lambda _first, weights, output: prod(output) * prod(weights[2:]),
    'ConvolutionBackpropData': lambda first, weights, _output: prod(first) * prod(weights[1:]),
    'GroupConvolutionBackpropData': (
        lambda first, weights, _output: prod(first) * prod(weights[2:])
    ),
    'MatMul': lambda first, _weights, output: prod(output) * first[-1],
}
"""The same by OpenVINO's kinds; grouped ones have the groups as first axis of their weights."""
