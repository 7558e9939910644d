"""Nodes and constants that are put into a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


class AddedNodes:
    """Nodes in the making, named by the first thing they make; constants go in at once."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self._constants: set[str] = set()

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Add a constant, where there is none of that name yet; return its name."""
        if name not in self._constants:
            self._constants.add(name)
            self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def integers(self, name: str, *values: int) -> str:
        """Add a constant int64 [n], as sizes, axes and indices are."""
        return self.constant(name, np.array(values, np.int64))

    def taken(self) -> list[onnx.NodeProto]:
        """Return the nodes made since it was last called."""
        nodes, self.nodes = self.nodes, []
        return nodes

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node with one output; return that."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def split(self, tensor: str, outputs: tuple[str, ...], axis: int) -> tuple[str, ...]:
        """Split a tensor into equal parts along an axis; return their names."""
        node = helper.make_node('Split', [tensor], outputs, name=outputs[0], axis=axis)
        self.nodes.append(node)
        return outputs
