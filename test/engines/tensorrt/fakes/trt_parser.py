"""The parser that makes networks of ONNX graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.pybind import make_inside
from fakes.trt_graph import Graph, Refusal

OPERATORS = {'Conv', 'Cast', 'Add', 'Mul', 'Max', 'Resize', 'QuantizeLinear', 'DequantizeLinear'}
"""Some of those that every version has."""


class ParserError:
    """Why a graph was refused."""

    def _begin(self, code: Any, refusal: Refusal) -> None:
        self._code, self._refusal = code, refusal

    def code(self) -> Any:
        return self._code

    def desc(self) -> str:
        return self._refusal.reason

    def file(self) -> str:
        return 'ModelImporter.cpp'

    def func(self) -> str:
        return 'parseNode'

    def line(self) -> int:
        return 1

    def node(self) -> int:
        return self._refusal.node

    def node_name(self) -> str:
        return self._refusal.name

    def node_operator(self) -> str:
        return self._refusal.operator


class OnnxParser:
    """Reads ONNX graphs into a network."""

    flags = 0

    def __init__(self, network: Any, logger: Any) -> None:
        self._network, self._logger = network, logger
        self._errors: list[Any] = []

    def parse(self, model: bytes, path: str | None = None) -> bool:
        fake, codes = self._trt._fake, self._trt.ErrorCode
        if self._network.has_implicit_batch_dimension:
            return self._refuse(
                codes.INVALID_VALUE,
                Refusal('the network must be created with the flag EXPLICIT_BATCH'),
            )
        try:
            graph = Graph(model)
        except ValueError as error:
            return self._refuse(codes.MODEL_DESERIALIZE_FAILED, Refusal(f'{error}'))
        refusals = [*map(Refusal, fake.faults.parser_errors), *graph.refusals()]
        if refusals:
            for refusal in refusals:
                self._refuse(codes.UNSUPPORTED_NODE, refusal)
            return False
        if graph.has_int64 and 'INT64' not in self._trt.DataType.__members__:
            fake.say(self._logger, 'WARNING', 'INT64 weights are cast down to INT32.')
        self._network._fill(graph)
        return True

    def _refuse(self, code: Any, refusal: Refusal) -> bool:
        self._errors.append(make_inside(self._trt.ParserError, code, refusal))
        where = f'While parsing node number {refusal.node} [{refusal.operator}]: '
        message = (where if refusal.node >= 0 else '') + refusal.reason
        self._trt._fake.say(self._logger, 'ERROR', message)
        return False

    def parse_from_file(self, model: str) -> bool:
        path = Path(model)
        if not path.is_file():
            code = self._trt.ErrorCode.MODEL_DESERIALIZE_FAILED
            return self._refuse(code, Refusal(f'Could not open file {model}'))
        return bool(self.parse(path.read_bytes()))

    def supports_operator(self, op_name: str) -> bool:
        return op_name in OPERATORS

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> Any:
        return self._errors[index]

    def clear_errors(self) -> None:
        self._errors.clear()

    def set_flag(self, flag: Any) -> None:
        self.flags = self.flags | 1 << int(flag)

    def clear_flag(self, flag: Any) -> None:
        self.flags = self.flags & ~(1 << int(flag))

    def get_flag(self, flag: Any) -> bool:
        return bool(self.flags & 1 << int(flag))
