"""How large the values inside a graph become on real frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nitedr_ros.networks.graphs.session import GraphSession, UInt8
from nitedr_ros.networks.graphs.wiring import Wiring, float_tensors


@dataclass(frozen=True)
class Extent:
    """Largest absolute value of a tensor, and how many elements it has at most."""

    largest: float
    elements: int


def measure(model: onnx.ModelProto, pairs: Iterable[tuple[UInt8, UInt8]]) -> dict[str, Extent]:
    """Run a float32 graph on pairs of visible and thermal; return what its tensors hold.

    Initialisers are measured, too.
    """
    extents = {}
    floats = float_tensors(model)
    for tensor in model.graph.initializer:
        if tensor.name in floats:
            value = numpy_helper.to_array(tensor)
            extents[tensor.name] = Extent(float(np.abs(value).max(initial=0.0)), value.size)
    for found in measure_each(model, pairs):
        for name, extent in found.items():
            before = extents.get(name, Extent(0.0, 0))
            extents[name] = Extent(
                max(before.largest, extent.largest), max(before.elements, extent.elements)
            )
    return extents


def measure_each(
    model: onnx.ModelProto, pairs: Iterable[tuple[UInt8, UInt8]]
) -> Iterator[dict[str, Extent]]:
    """Yield, pair by pair, what the tensors that the nodes of a float32 graph make hold.

    Only maxima leave the graph, so that it takes little memory.
    """
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    wiring = Wiring(probed.graph)
    names = sorted(float_tensors(model) & wiring.maker.keys())
    nodes = []
    for node in wiring.nodes:
        nodes.append(node)
        # Beside what they measure: at the end, all tensors would have to be kept until then.
        nodes.extend(probe for name in node.output if name in names for probe in _probes(name))
    del probed.graph.node[:]
    probed.graph.node.extend(nodes)
    probes = [f'{name}/{what}' for name in names for what in ('largest', 'elements')]
    session = GraphSession(probed, probes)
    for visible, thermal in pairs:
        found = session.run(visible, thermal)
        yield {
            name: Extent(float(found[f'{name}/largest']), int(found[f'{name}/elements']))
            for name in names
        }


def _probes(name: str) -> tuple[onnx.NodeProto, ...]:
    return (
        helper.make_node('Abs', [name], [f'{name}/abs']),
        helper.make_node('ReduceMax', [f'{name}/abs'], [f'{name}/largest'], keepdims=0),
        helper.make_node('Size', [name], [f'{name}/elements']),
    )
