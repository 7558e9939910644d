"""A graph with fp16 in it as one that computes the same on a CPU."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nitedr_ros.networks.graphs.wiring import FLOAT, HALF, tensors_of


def emulated(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph in float32, with all that was fp16 rounded to it.

    ONNX Runtime's CPU lacks fp16 for most operators and computes chains of them in float32
    without rounding between, so that neither overflow nor loss would show. Here each value that
    was fp16 goes through fp16 and back; within one operator sums stay float32, as on a GPU that
    accumulates so.
    """
    halves = tensors_of(model, HALF)
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    for tensor in graph.initializer:
        if tensor.name in halves:
            value = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    nodes = []
    for node in graph.node:
        nodes.append(node)
        if node.op_type == 'Cast' and node.attribute[0].i == HALF:
            node.attribute[0].i = FLOAT
        for place, name in enumerate(node.output):
            if name in halves:
                node.output[place] = f'{name}/exact'
                nodes.append(
                    helper.make_node('Cast', [f'{name}/exact'], [f'{name}/half'], to=HALF)
                )
                nodes.append(helper.make_node('Cast', [f'{name}/half'], [name], to=FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    onnx.checker.check_model(result, full_check=True)
    return result
