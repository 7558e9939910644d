"""A float32 graph with some of its nodes in fp16, the precision of each tensor stated in it.

Written here since the converters that there are clip small weights, or change types that the
standard leaves at float32.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import onnx
from onnx import defs, helper, numpy_helper

from nitedr_ros.networks.graphs.wiring import FLOAT, HALF, Wiring, float_tensors, without_unused


def to_half(model: onnx.ModelProto, half: AbstractSet[int]) -> onnx.ModelProto:
    """Return the graph with these nodes in fp16, cast where fp16 and fp32 meet.

    half: places in the graph's list of nodes. Inputs and outputs keep their types. The result
    means the same to every runtime that keeps to the types stated (TensorRT: strongly typed).
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    del result.graph.value_info[:]
    _Conversion(result, half).run()
    without_unused(result.graph)
    onnx.checker.check_model(result, full_check=True)
    return result


class _Conversion:
    def __init__(self, model: onnx.ModelProto, half: AbstractSet[int]) -> None:
        self.graph = model.graph
        self.half = half
        self.opset = next(entry.version for entry in model.opset_import if not entry.domain)
        self.wiring = Wiring(model.graph)
        self.floats = float_tensors(model)
        self.outputs = {value.name for value in model.graph.output}
        self.cast: set[str] = set()
        self.nodes: list[onnx.NodeProto] = []

    def run(self) -> None:
        made_in_half = {
            name
            for index in self.half
            for name in self._typed_freely(self.wiring.nodes[index], 'output')
        }
        for index, node in enumerate(self.wiring.nodes):
            wanted = self._typed_freely(node, 'input') if index in self.half else set()
            for place, name in enumerate(node.input):
                if name not in self.floats:
                    continue
                if name in wanted and name not in made_in_half:
                    node.input[place] = self._in(HALF, name)
                elif name not in wanted and name in made_in_half:
                    node.input[place] = self._in(FLOAT, name)
            if index in self.half and node.op_type == 'Cast':
                self._retarget(node, made_in_half)
            self.nodes.append(node)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)

    def _typed_freely(self, node: onnx.NodeProto, side: str) -> set[str]:
        """Return a node's float tensors of that side whose type the operator leaves open."""
        schema = defs.get_schema(node.op_type, self.opset, node.domain)
        names, formal = getattr(node, side), getattr(schema, f'{side}s')
        variables = {constraint.type_param_str for constraint in schema.type_constraints}
        # The last formal parameter of a variadic operator stands for all that follow.
        types = [formal[min(place, len(formal) - 1)].type_str for place in range(len(names))]
        return {
            name
            for name, type_ in zip(names, types, strict=True)
            if name in self.floats and type_ in variables
        }

    def _in(self, type_: int, name: str) -> str:
        """Return the name of a tensor in that type, made where it is first wanted."""
        other = f'{name}/{"fp16" if type_ == HALF else "fp32"}'
        if other in self.cast:
            return other
        self.cast.add(other)
        constant = self.wiring.constants.get(name)
        if constant is not None:
            value = numpy_helper.to_array(constant).astype(np.float16)
            self.graph.initializer.append(numpy_helper.from_array(value, other))
        else:
            self.nodes.append(helper.make_node('Cast', [name], [other], name=other, to=type_))
        return other

    def _retarget(self, node: onnx.NodeProto, made_in_half: set[str]) -> None:
        """Let a Cast to float32 of a node in fp16 make fp16."""
        if made_in_half.intersection(node.output):
            node.attribute[0].i = HALF
