"""Which nodes of a float32 graph may compute in fp16."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import onnx
from onnx import numpy_helper

from nitedr_ros.networks.graphs.measured import Extent
from nitedr_ros.networks.graphs.wiring import Wiring, float_tensors

LARGEST = 65504 / 2
"""Values beyond half of what fp16 holds stay in fp32: other frames may have larger ones."""
SMALLEST_NORMAL = 2.0**-14
"""Constants below it, such as the epsilon of a norm, lose digits in fp16."""

_HEAVY = frozenset({'Conv', 'ConvTranspose', 'Gemm', 'MatMul'})
_SENSITIVE = frozenset(
    (
        *('ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2', 'ReduceLogSum'),
        *('GlobalAveragePool', 'LayerNormalization', 'InstanceNormalization', 'Softmax'),
        *('Exp', 'Log', 'Pow', 'Sqrt', 'Reciprocal', 'Div'),
        *('TopK', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'),
    )
)
"""Sums over many values, what magnifies small errors, and decisions by comparison."""
_ROUNDING = frozenset({'Round', 'Floor', 'Ceil'})
_MOVES = frozenset(
    (
        *('Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Split', 'Concat', 'Gather'),
        *('DepthToSpace', 'SpaceToDepth', 'Identity', 'Pad', 'Flatten', 'Expand', 'Tile'),
    )
)
_CHEAP = frozenset(
    (
        *('Add', 'Sub', 'Mul', 'Neg', 'Abs', 'Clip', 'Max', 'Min', 'Tanh', 'Sigmoid', 'Cast'),
        *('Where', *_MOVES),
    )
)
"""What takes next to no time, so that it follows the nodes that read it."""


def nodes_for_half(model: onnx.ModelProto, extents: Mapping[str, Extent]) -> set[int]:
    """Return the nodes, by their place in the list, that may compute in fp16.

    In fp32 stay: all before the first and behind the last convolution or product (conversions
    from and to bytes, final scaling), what is connected to rounding without one between (the
    colour conversion between the networks), sums over many values, divisions, comparisons, and
    what reads or makes values beyond LARGEST. Moves of data follow their neighbours.

    extents: as measured on frames, of each float tensor.
    """
    return _Choice(model, extents).half()


class _Choice:
    def __init__(self, model: onnx.ModelProto, extents: Mapping[str, Extent]) -> None:
        self.wiring = Wiring(model.graph)
        self.floats = float_tensors(model)
        self.extents = extents
        self.kinds = [node.op_type for node in self.wiring.nodes]
        places = range(len(self.kinds))
        self.candidates = [index for index in places if self._reads(index) or self._makes(index)]
        self.never = {index for index in self.candidates if self._must_be_exact(index)}
        self.exact = set(self.never)

    def half(self) -> set[int]:
        wiring = self.wiring
        heavy = {index for index in self.candidates if self.kinds[index] in _HEAVY}
        self.exact |= self._lacking(heavy, wiring.before, self.candidates)
        self.exact |= self._lacking(heavy, wiring.after, reversed(self.candidates))
        rounding = [index for index in self.candidates if self.kinds[index] in _ROUNDING]
        for step in (wiring.before, wiring.after):
            self.exact |= _reached(rounding, step, heavy)
        self.exact.intersection_update(self.candidates)
        for index in reversed(self.candidates):
            if self.kinds[index] in _CHEAP and self._all_exact(wiring.after(index)):
                self.exact.add(index)
        for index in self.candidates:
            if self._may_flip(index) and self._all_half(wiring.before(index)):
                self.exact.discard(index)
        for index in reversed(self.candidates):
            if self._may_flip(index) and self._all_half(wiring.after(index)):
                self.exact.discard(index)
        return set(self.candidates) - self.exact

    def _reads(self, index: int) -> list[str]:
        return [name for name in self.wiring.nodes[index].input if name in self.floats]

    def _makes(self, index: int) -> list[str]:
        return [name for name in self.wiring.nodes[index].output if name in self.floats]

    def _must_be_exact(self, index: int) -> bool:
        reads, makes = self._reads(index), self._makes(index)
        if self.kinds[index] in _SENSITIVE:
            return True
        if any(self.extents[name].largest > LARGEST for name in (*reads, *makes)):
            return True
        if self.kinds[index] == 'MatMul':
            # A product that is smaller than both of its factors sums over the longest axis.
            return self.extents[makes[0]].elements < min(
                self.extents[name].elements for name in reads
            )
        return self.kinds[index] not in _HEAVY and any(map(self._is_tiny, reads))

    def _is_tiny(self, name: str) -> bool:
        constant = self.wiring.constants.get(name)
        if constant is None or self.extents[name].elements != 1:
            return False
        value = abs(float(numpy_helper.to_array(constant).reshape(())))
        return 0 < value < SMALLEST_NORMAL

    def _lacking(
        self, heavy: set[int], step: Callable[[int], list[int]], order: Iterable[int]
    ) -> set[int]:
        """Return the nodes with no heavy one among them and all that lie behind, by `step`."""
        with_heavy = set(heavy)
        lacking = set()
        for index in order:
            if index in heavy or with_heavy.intersection(step(index)):
                with_heavy.add(index)
            else:
                lacking.add(index)
        return lacking

    def _may_flip(self, index: int) -> bool:
        return index in self.exact and index not in self.never and self.kinds[index] in _MOVES

    def _all_exact(self, indices: list[int]) -> bool:
        return bool(indices) and self.exact.issuperset(indices)

    def _all_half(self, indices: list[int]) -> bool:
        others = set(self.candidates).intersection(indices)
        return bool(others) and not others & self.exact


def _reached(
    start: Iterable[int], step: Callable[[int], list[int]], barrier: set[int]
) -> set[int]:
    """Return all nodes reached from `start` by steps that don't enter the barrier."""
    found = set(start)
    open_ = list(found)
    while open_:
        for index in step(open_.pop()):
            if index not in found and index not in barrier:
                found.add(index)
                open_.append(index)
    return found
