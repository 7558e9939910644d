"""Fixing a graph to one size, and computing once what doesn't depend on the images."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from nitedr_ros.networks.graphs.session import GraphSession
from nitedr_ros.networks.graphs.wiring import Wiring, without_unused

_SMALL = 64
_IMAGES = ('visible', 'thermal', 'fused', 'derained')


def fix_size(model: onnx.ModelProto, height: int, width: int) -> None:
    """State the height and width, pixels, of the graph's images."""
    for value in (*model.graph.input, *model.graph.output):
        if value.name in _IMAGES:
            dimensions = value.type.tensor_type.shape.dim
            dimensions[1].dim_value = height
            dimensions[2].dim_value = width


def fold(model: onnx.ModelProto) -> None:
    """Replace nodes whose values are the same for all images by those values.

    Where the images have one size, that goes for all that is computed from shapes, too.
    """
    graph = model.graph
    dimensions = graph.input[0].type.tensor_type.shape.dim
    size = [dimensions[axis].dim_value for axis in (1, 2)]
    fixed = all(size)
    wiring = Wiring(graph)
    same = {'', *wiring.constants}
    for node in wiring.nodes:
        if (fixed and node.op_type == 'Shape') or same.issuperset(node.input):
            same.update(node.output)
    computed = {node.output[0] for node in wiring.nodes if same.issuperset(node.output)}
    wanted = [
        name
        for name, readers in wiring.readers.items()
        if name in wiring.maker
        and name in same
        and any(wiring.nodes[reader].output[0] not in computed for reader in readers)
    ]
    if not wanted:
        return
    height, width = size if fixed else (_SMALL, _SMALL)
    session = GraphSession(model, wanted)
    found = session.run(
        np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    )
    left = [node for node in wiring.nodes if node.output[0] not in computed]
    del graph.node[:]
    graph.node.extend(left)
    graph.initializer.extend(numpy_helper.from_array(found[name], name) for name in wanted)
    del graph.value_info[:]
    without_unused(graph)
