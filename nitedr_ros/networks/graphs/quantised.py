"""A float32 graph with some of its convolutions in int8, stated in it by quantising nodes.

Written here since ONNX Runtime's quantiser lets whatever else reads a convolution's input read the
int8 values too: sums of features then lose twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.wiring import FLOAT, Wiring, without_unused

_LARGEST = 127


def quantisable(model: onnx.ModelProto) -> list[int]:
    """Return the convolutions, by their place in the list of nodes, that may compute in int8.

    In float stay those whose weights are computed; those of one value per image and channel, which
    cost nothing, and which the whole image depends on; and those that read a Concat, of images
    here, since OpenVINO (2026.4) gets wrong what it concatenates in int8.
    """
    wiring = Wiring(model.graph)
    shapes = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph.value_info
    left = {
        value.name
        for value in shapes
        if all(size.dim_value == 1 for size in value.type.tensor_type.shape.dim[2:])
    }
    left |= {name for node in wiring.nodes if node.op_type == 'Concat' for name in node.output}
    return [
        index
        for index, node in enumerate(wiring.nodes)
        if node.op_type == 'Conv'
        and node.input[0] not in left
        and _has_float_weights(wiring, node)
    ]


def quantised(
    model: onnx.ModelProto, convolutions: AbstractSet[int], ranges: Mapping[str, float]
) -> onnx.ModelProto:
    """Return the graph with these convolutions in int8.

    convolutions: of those that `quantisable` names. ranges: the largest absolute value, by tensor,
    that what each of them reads is to hold; larger ones are clipped.

    Both what such a convolution reads and its weights, one scale for each output channel, go
    through int8 and back around a zero point of 0, which is all that TensorRT takes; biases and
    sums stay float32. Weights stay float32 in the file: TensorRT 8.6 takes no others.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    del graph.value_info[:]
    wiring = Wiring(graph)
    added = AddedNodes(graph)
    rounded: dict[str, str] = {}
    nodes = []
    for index, node in enumerate(wiring.nodes):
        if index in convolutions:
            features, weight = node.input[0], node.input[1]
            if features not in rounded:
                scale = np.array((ranges[features] or 1.0) / _LARGEST, np.float32)
                rounded[features] = _rounded(added, features, scale)
            if weight not in rounded:
                scales = _scales(numpy_helper.to_array(wiring.constants[weight]))
                rounded[weight] = _rounded(added, weight, scales, axis=0)
            node.input[0], node.input[1] = rounded[features], rounded[weight]
        nodes += [*added.taken(), node]
    del graph.node[:]
    graph.node.extend(nodes)
    without_unused(graph)
    onnx.checker.check_model(result, full_check=True)
    return result


def _has_float_weights(wiring: Wiring, node: onnx.NodeProto) -> bool:
    weight = wiring.constants.get(node.input[1])
    return weight is not None and weight.data_type == FLOAT


def _scales(weight: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return one scale, more than 0, for each output channel of weights [outputs, ...]."""
    largest = np.abs(weight.reshape(len(weight), -1)).max(1)
    return np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_LARGEST)


def _rounded(added: AddedNodes, name: str, scales: npt.NDArray[np.float32], **axis: int) -> str:
    """Take a tensor through int8 and back; return the name of the result."""
    scale = added.constant(f'{name}/scale', scales)
    zero = added.constant(f'{name}/zero', np.zeros(scales.shape, np.int8))
    whole = added.add('QuantizeLinear', [name, scale, zero], f'{name}/int8', **axis)
    return added.add('DequantizeLinear', [whole, scale, zero], f'{name}/rounded', **axis)
