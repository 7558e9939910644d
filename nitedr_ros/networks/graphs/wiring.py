"""Which nodes of a graph make and read each tensor, and which tensors hold floats."""

from __future__ import annotations

from collections import defaultdict

import onnx
from onnx import TensorProto

from nitedr_ros.errors import EngineError

FLOAT = TensorProto.FLOAT
HALF = TensorProto.FLOAT16


class Wiring:
    """A graph's nodes by the tensors between them; nodes are named by their place in the list.

    Attributes: nodes, in an order in which each comes after those it reads; maker: tensor → node;
    readers: tensor → nodes, each once for each time it reads; constants: the initialisers by name.
    Raises EngineError for a graph with others inside (If, Loop).
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.nodes = list(graph.node)
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.maker: dict[str, int] = {}
        self.readers: dict[str, list[int]] = defaultdict(list)
        for index, node in enumerate(self.nodes):
            if any(attribute.HasField('g') or attribute.graphs for attribute in node.attribute):
                raise EngineError(
                    f'expected a graph without branches, got {node.op_type} {node.name}: '
                    f'export the networks for one size'
                )
            self.maker.update(dict.fromkeys(node.output, index))
            for name in node.input:
                self.readers[name].append(index)
        self.maker.pop('', None)

    def cast_making(self, output: str) -> int:
        """Return the node that makes an output of bytes; EngineError where that is no Cast."""
        index = self.maker[output]
        kind = self.nodes[index].op_type
        if kind != 'Cast':
            raise EngineError(
                f'expected {output} to be made by Cast, got {kind}: export the networks again'
            )
        return index

    def redirect(self, old: str, new: str) -> None:
        """Let the nodes that read one tensor read another; `readers` stays as it was."""
        for index in self.readers[old]:
            node = self.nodes[index]
            for place, name in enumerate(node.input):
                if name == old:
                    node.input[place] = new

    def before(self, index: int) -> list[int]:
        """Return the nodes that make what a node reads."""
        return [self.maker[name] for name in self.nodes[index].input if name in self.maker]

    def after(self, index: int) -> list[int]:
        """Return the nodes that read what a node makes."""
        return [reader for name in self.nodes[index].output for reader in self.readers[name]]


def tensors_of(model: onnx.ModelProto, type_: int) -> set[str]:
    """Return the names of all tensors of that type (FLOAT, HALF), initialisers among them."""
    graph = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    values = (*graph.value_info, *graph.input, *graph.output)
    named = {value.name for value in values if value.type.tensor_type.elem_type == type_}
    return named | {tensor.name for tensor in graph.initializer if tensor.data_type == type_}


def float_tensors(model: onnx.ModelProto) -> set[str]:
    """Return the names of all tensors of float32, initialisers among them."""
    return tensors_of(model, FLOAT)


def without_unused(graph: onnx.GraphProto) -> None:
    """Remove nodes and initialisers that no output depends on."""
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    kept.reverse()
    constants = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:]
    graph.node.extend(kept)
    del graph.initializer[:]
    graph.initializer.extend(constants)
