"""What TensorRT would say of an ONNX graph: its tensors, its precision and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto

Shape = tuple[int, ...]
DATA_TYPES = {
    TensorProto.FLOAT: 'FLOAT',
    TensorProto.FLOAT16: 'HALF',
    TensorProto.INT8: 'INT8',
    TensorProto.INT32: 'INT32',
    TensorProto.BOOL: 'BOOL',
    TensorProto.UINT8: 'UINT8',
    TensorProto.INT64: 'INT64',
    TensorProto.BFLOAT16: 'BF16',
}
BEYOND_UINT8 = {TensorProto.FLOAT, TensorProto.FLOAT16}
"""What UINT8 can be cast to and from."""


@dataclass(frozen=True)
class Refusal:
    """Why a graph is refused, at which node; -1 for none."""

    reason: str
    node: int = -1
    name: str = ''
    operator: str = ''


class Graph:
    """One ONNX graph; raises ValueError where the bytes are none."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        try:
            self._model = onnx.load_model_from_string(content)
            onnx.checker.check_model(self._model)
        except Exception as error:  # protobuf and the checker have nothing else in common
            raise ValueError(str(error)) from error
        self.nodes = list(self._model.graph.node)
        constants = {constant.name for constant in self._model.graph.initializer}
        self._inputs = [one for one in self._model.graph.input if one.name not in constants]

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """Shapes of the inputs; -1 where a side is not fixed."""
        return {one.name: _shape(one) for one in self._inputs}

    @cached_property
    def outputs(self) -> list[str]:
        """Names of the outputs."""
        return [one.name for one in self._model.graph.output]

    @cached_property
    def types(self) -> dict[str, int]:
        """The element type of every tensor, as in TensorProto."""
        graph = onnx.shape_inference.infer_shapes(self._model).graph
        values = [*graph.input, *graph.output, *graph.value_info]
        types = {one.name: int(one.type.tensor_type.elem_type) for one in values}
        return types | {one.name: int(one.data_type) for one in graph.initializer}

    @cached_property
    def precision(self) -> str:
        """The lowest precision that the graph states: fp32, fp16, bf16 or int8."""
        if any(node.op_type in ('QuantizeLinear', 'DequantizeLinear') for node in self.nodes):
            return 'int8'
        kinds = set(self.types.values())
        if TensorProto.BFLOAT16 in kinds:
            return 'bf16'
        return 'fp16' if TensorProto.FLOAT16 in kinds else 'fp32'

    @property
    def has_int64(self) -> bool:
        """Whether any tensor is INT64."""
        return TensorProto.INT64 in self.types.values()

    def data_type(self, name: str) -> str:
        """Return the type of a tensor, named as in TensorRT's DataType."""
        return DATA_TYPES.get(self.types.get(name, TensorProto.FLOAT), 'FLOAT')

    def refusals(self) -> list[Refusal]:
        """Return why TensorRT's parser would refuse the graph: UINT8 within it."""
        return list(self._uint8_within())

    def _uint8_within(self) -> Iterator[Refusal]:
        for index, node in enumerate(self.nodes):
            takes = {self.types.get(name) for name in node.input if name}
            gives = {self.types.get(name) for name in node.output if name}
            where = (index, node.name, node.op_type)
            if TensorProto.UINT8 in takes and not (
                node.op_type == 'Cast' and gives <= BEYOND_UINT8
            ):
                yield Refusal('Found invalid input type of UINT8: a Cast must come first', *where)
            if TensorProto.UINT8 not in gives:
                continue
            if not set(node.output) <= set(self.outputs):
                yield Refusal(
                    'TensorRT does not support UINT8 types for intermediate tensors!', *where
                )
            elif not (node.op_type == 'Cast' and takes <= BEYOND_UINT8):
                yield Refusal('UINT8 can only be cast from FLOAT and HALF', *where)

    def output_shapes(self, inputs: Mapping[str, Shape]) -> dict[str, Shape]:
        """Return the shapes of the outputs for these of the inputs; -1 where they are open."""
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        for one in model.graph.input:
            for side, dimension in zip(
                inputs.get(one.name, ()), one.type.tensor_type.shape.dim, strict=False
            ):
                if side >= 0:
                    dimension.dim_value = side
        for one in model.graph.output:
            one.type.tensor_type.ClearField('shape')
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph.output
        shapes = {one.name: _shape(one) for one in inferred}
        known = all(-1 not in shape for shape in inputs.values())
        if known and any(-1 in shape or not shape for shape in shapes.values()):
            feeds = {name: np.zeros(shape, self.numpy(name)) for name, shape in inputs.items()}
            shapes = {name: value.shape for name, value in self.run(feeds).items()}
        return shapes

    def numpy(self, name: str) -> np.dtype[Any]:
        """Return the type of a tensor as NumPy has it."""
        return np.dtype(onnx.helper.tensor_dtype_to_np_dtype(self.types[name]))

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Compute the outputs on the CPU."""
        return dict(zip(self.outputs, self._session.run(self.outputs, feeds), strict=True))

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(
            self.content, options, providers=['CPUExecutionProvider']
        )


def _shape(value: onnx.ValueInfoProto) -> Shape:
    sides = value.type.tensor_type.shape.dim
    return tuple(side.dim_value if side.HasField('dim_value') else -1 for side in sides)
