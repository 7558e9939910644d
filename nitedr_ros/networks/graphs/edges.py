"""The edges of a graph: camera bytes become floats before anything else; images of any size."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.wiring import Wiring

SMALLEST = 8
"""Height and width in pixels that an image must have, so that its edges can be reflected."""

_IMAGES = {'visible': 4, 'thermal': 3}
_MOVES = frozenset({'Transpose', 'Unsqueeze', 'Squeeze', 'Reshape', 'Identity'})
_ROWS_AND_COLUMNS = (1, 2)


def take_camera_bytes(model: onnx.ModelProto, multiple: int) -> None:
    """Let a graph that takes multiples of `multiple` pixels take any size from SMALLEST on.

    Images are reflected at their right and bottom edge and cropped again. Bytes are turned into
    floats by the very first node and back by the last, since TensorRT moves and pads no bytes;
    the operators are those that it takes from 8.6 on. Raises EngineError where the outputs are not
    made by Cast, or where the images' size is known and too small.
    """
    graph = model.graph
    wiring = Wiring(graph)
    front = AddedNodes(graph)
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
        wiring.redirect(name, made)
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


def _pad(front: AddedNodes, name: str, axes: int, amount: np.ndarray) -> str:
    pads = np.zeros(2 * axes, np.int64)
    pads[axes + 1 : axes + 3] = amount
    where = front.constant(f'edge/{name}/pads', pads)
    return front.add('Pad', [f'edge/{name}', where], f'edge/{name}/padded', mode='reflect')


def _slice(front: AddedNodes, image: str, ends: str, output: str) -> str:
    starts = front.integers('edge/zeros', 0, 0)
    axes = front.integers('edge/axes', *_ROWS_AND_COLUMNS)
    return front.add('Slice', [image, starts, ends, axes], output)


def _sizes(front: AddedNodes, multiple: int) -> tuple[str, str]:
    """Compute height and width of the images, and of the padded ones."""
    axes = front.integers('edge/which', *_ROWS_AND_COLUMNS)
    most = front.integers('edge/most', multiple - 1)
    step = front.integers('edge/multiple', multiple)
    shape = front.add('Shape', ['edge/visible'], 'edge/shape')
    size = front.add('Gather', [shape, axes], 'edge/size', axis=0)
    sum_ = front.add('Add', [size, most], 'edge/size/raised')
    steps = front.add('Div', [sum_, step], 'edge/size/steps')
    return size, front.add('Mul', [steps, step], 'edge/size/padded')


def _crop_outputs(
    graph: onnx.GraphProto, wiring: Wiring, front: AddedNodes, size: str
) -> dict[int, onnx.NodeProto]:
    """Return the nodes that crop, by the nodes they are to stand before."""
    back = {}
    for output in graph.output:
        index = wiring.cast_making(output.name)
        node = wiring.nodes[index]
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
            wiring.redirect(node.output[0], node.input[0])
    return dropped
