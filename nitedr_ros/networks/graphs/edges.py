"""The edges of a graph: camera bytes become floats before anything else; images of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.graphs.wiring import Wiring

SMALLEST = 8
"""Height and width in pixels that an image must have, so that its edges can be reflected."""

_IMAGES = {'visible': 4, 'thermal': 3}
_MOVES = frozenset({'Transpose', 'Unsqueeze', 'Squeeze', 'Reshape', 'Identity'})
_ROWS_AND_COLUMNS = np.array([1, 2])


class _Front:
    """Nodes and constants that are put before those of a graph."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.graph.initializer.append(numpy_helper.from_array(value.astype(np.int64), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


def take_camera_bytes(model: onnx.ModelProto, multiple: int) -> None:
    """Let a graph that takes multiples of `multiple` pixels take any size from SMALLEST on.

    Images are reflected at their right and bottom edge and cropped again. Bytes are turned into
    floats by the very first node and back by the last, since TensorRT moves and pads no bytes;
    the operators are those that it takes from 8.6 on. Raises EngineError where the outputs are not
    made by Cast, or where the images' size is known and too small.
    """
    graph = model.graph
    wiring = Wiring(graph)
    front = _Front(graph)
    dimensions = graph.input[0].type.tensor_type.shape.dim
    size = np.array([dimensions[axis].dim_value for axis in (1, 2)])
    fixed = bool(size.all())
    if fixed and size.min() < SMALLEST:
        raise EngineError(
            f'expected a size of at least {SMALLEST}x{SMALLEST}, got {size[0]}x{size[1]}'
        )
    floats = {
        name: front.add('Cast', [name], f'edge/{name}', to=TensorProto.FLOAT) for name in _IMAGES
    }
    crop = ''
    if multiple > 1 and not (fixed and not (size % multiple).any()):
        if fixed:
            crop = front.constant('edge/size', size)
            padded = -(-size // multiple) * multiple
            for name, axes in _IMAGES.items():
                floats[name] = _pad(front, name, axes, padded - size)
        else:
            crop, padded_size = _sizes(front, multiple)
            for name, axes in _IMAGES.items():
                most = _pad(front, name, axes, np.array([multiple - 1] * 2))
                floats[name] = _slice(front, most, padded_size, f'edge/{name}/cropped')
    for name, made in floats.items():
        for reader in wiring.readers[name]:
            _rename_inputs(wiring.nodes[reader], name, made)
    dropped = _needless_casts(wiring, set(floats.values()))
    back = _crop_outputs(graph, wiring, front, crop) if crop else {}
    body = []
    for index, node in enumerate(wiring.nodes):
        if index not in dropped:
            body.extend([back[index]] if index in back else [])
            body.append(node)
    del graph.node[:]
    graph.node.extend([*front.nodes, *body])
    del graph.value_info[:]


def _pad(front: _Front, name: str, axes: int, amount: np.ndarray) -> str:
    pads = np.zeros(2 * axes)
    pads[axes + 1 : axes + 3] = amount
    where = front.constant(f'edge/{name}/pads', pads)
    return front.add('Pad', [f'edge/{name}', where], f'edge/{name}/padded', mode='reflect')


def _slice(front: _Front, image: str, ends: str, output: str) -> str:
    front.add('Slice', [image, 'edge/zeros', ends, 'edge/axes'], output)
    if not any(tensor.name == 'edge/zeros' for tensor in front.graph.initializer):
        front.constant('edge/zeros', np.zeros(2))
        front.constant('edge/axes', _ROWS_AND_COLUMNS)
    return output


def _sizes(front: _Front, multiple: int) -> tuple[str, str]:
    """Compute height and width of the images, and of the padded ones."""
    axes = front.constant('edge/which', _ROWS_AND_COLUMNS)
    most = front.constant('edge/most', np.array([multiple - 1]))
    step = front.constant('edge/multiple', np.array([multiple]))
    shape = front.add('Shape', ['edge/visible'], 'edge/shape')
    size = front.add('Gather', [shape, axes], 'edge/size', axis=0)
    sum_ = front.add('Add', [size, most], 'edge/size/raised')
    steps = front.add('Div', [sum_, step], 'edge/size/steps')
    return size, front.add('Mul', [steps, step], 'edge/size/padded')


def _crop_outputs(
    graph: onnx.GraphProto, wiring: Wiring, front: _Front, size: str
) -> dict[int, onnx.NodeProto]:
    """Return the nodes that crop, by the nodes they are to stand before."""
    back = {}
    for output in graph.output:
        index = wiring.maker[output.name]
        node = wiring.nodes[index]
        if node.op_type != 'Cast':
            raise EngineError(
                f'expected {output.name} to be made by Cast, got {node.op_type}: '
                f'export the networks again'
            )
        cropped = _slice(front, node.input[0], size, f'edge/{output.name}')
        back[index] = front.nodes.pop()
        node.input[0] = cropped
    return back


def _needless_casts(wiring: Wiring, floats: set[str]) -> set[int]:
    """Bypass the nodes that turn floats into floats, and return them."""
    dropped = set()
    for index, node in enumerate(wiring.nodes):
        if not floats.intersection(node.input):
            continue
        if node.op_type in _MOVES:
            floats.update(node.output)
        elif node.op_type == 'Cast' and node.attribute[0].i == TensorProto.FLOAT:
            dropped.add(index)
            floats.add(node.input[0])
            for reader in wiring.readers[node.output[0]]:
                _rename_inputs(wiring.nodes[reader], node.output[0], node.input[0])
    return dropped


def _rename_inputs(node: onnx.NodeProto, old: str, new: str) -> None:
    for place, name in enumerate(node.input):
        if name == old:
            node.input[place] = new
