"""Networks as TensorRT knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fakes.pybind import make_inside
from fakes.trt_graph import Graph


class Dims:
    """Sizes; compared with tuples and lists only."""

    def __init__(self, *shape: Any) -> None:
        sides = shape[0] if shape else []
        if len(sides) > 8:
            raise ValueError(f'Input length {len(sides)}. Max expected length is 8')
        self._sides = tuple(sides)

    def __len__(self) -> int:
        return len(self._sides)

    def __getitem__(self, index: Any) -> Any:
        try:
            return self._sides[index]
        except IndexError:
            raise IndexError('Out of bounds') from None

    def __iter__(self) -> Iterator[int]:
        return iter(self._sides)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | list):
            raise TypeError('__eq__(): incompatible function arguments')
        return self._sides == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._sides)


class ITensor:
    """A tensor of a network."""

    name = ''
    dtype = 'DataType.FLOAT'
    dynamic_range = None

    def _begin(self, name: str, shape: Any, dtype: Any, role: str) -> None:
        self.__dict__ |= {'_value_of_name': name, '_value_of_dtype': dtype}
        self._shape, self._role = tuple(shape), role

    @property
    def shape(self) -> Any:
        return self._trt.Dims(self._shape)

    @shape.setter
    def shape(self, shape: Any) -> None:
        # Of other tensors it follows from those of the inputs.
        if self._role == 'input':
            self._shape = tuple(shape)

    @property
    def is_network_input(self) -> bool:
        return self._role == 'input'

    @property
    def is_network_output(self) -> bool:
        return self._role == 'output'

    def set_dynamic_range(self, smallest: float, largest: float) -> bool:
        self.__dict__['_value_of_dynamic_range'] = (smallest, largest)
        return True

    def reset_dynamic_range(self) -> None:
        self.__dict__['_value_of_dynamic_range'] = None

    def get_dimension_name(self, index: int) -> str:
        return ''


class ILayer:
    """One layer: the fake has one for each node, named after it; TensorRT may have more."""

    name = ''

    def _begin(self, name: str, inputs: list[Any], outputs: list[Any]) -> None:
        self.__dict__['_value_of_name'] = name
        self._inputs, self._outputs = inputs, outputs
        self._precision: Any = None
        self._types: dict[int, Any] = {}

    @property
    def num_inputs(self) -> int:
        return len(self._inputs)

    @property
    def num_outputs(self) -> int:
        return len(self._outputs)

    def get_input(self, index: int) -> Any:
        return self._inputs[index]

    def get_output(self, index: int) -> Any:
        return self._outputs[index]

    @property
    def precision(self) -> Any:
        return self._precision or self._trt.DataType.FLOAT

    @precision.setter
    def precision(self, value: Any) -> None:
        self._precision = value

    @property
    def precision_is_set(self) -> bool:
        return self._precision is not None

    def reset_precision(self) -> None:
        self._precision = None

    def set_output_type(self, index: int, dtype: Any) -> None:
        self._types[index] = dtype

    def get_output_type(self, index: int) -> Any:
        return self._types.get(index, self._outputs[index].dtype)

    def output_type_is_set(self, index: int) -> bool:
        return index in self._types

    def reset_output_type(self, index: int) -> None:
        self._types.pop(index, None)


class INetworkDefinition:
    """A network; only the parser fills it."""

    name = ''

    def _begin(self, builder: Any, flags: int) -> None:
        self._builder, self._bits = builder, flags
        self._graph: Graph | None = None
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._layers: list[Any] = []

    def _fill(self, graph: Graph) -> None:
        dtypes = self._trt.DataType.__members__

        def tensor(name: str, role: str, shape: Any = ()) -> Any:
            dtype = dtypes.get(graph.data_type(name), dtypes['INT32'])
            return make_inside(self._trt.ITensor, name, shape, dtype, role)

        self._graph = graph
        self._inputs = [tensor(name, 'input', shape) for name, shape in graph.inputs.items()]
        shapes = graph.output_shapes(graph.inputs)
        self._outputs = [tensor(name, 'output', shapes[name]) for name in graph.outputs]
        made = {one.name: one for one in [*self._inputs, *self._outputs]}
        for number, node in enumerate(graph.nodes):
            ends = [
                [made.setdefault(name, tensor(name, '')) for name in names if name]
                for names in (node.input, node.output)
            ]
            name = node.name or f'(Unnamed Layer* {number}) [{node.op_type}]'
            self._layers.append(make_inside(self._trt.ILayer, name, *ends))

    @property
    def _strongly_typed(self) -> bool:
        flags = self._trt.NetworkDefinitionCreationFlag.__members__
        if 'EXPLICIT_BATCH' not in flags:
            return True
        return 'STRONGLY_TYPED' in flags and bool(self._bits & 1 << int(flags['STRONGLY_TYPED']))

    @property
    def num_inputs(self) -> int:
        return len(self._inputs)

    @property
    def num_outputs(self) -> int:
        return len(self._outputs)

    @property
    def num_layers(self) -> int:
        return len(self._layers)

    @property
    def flags(self) -> int:
        return self._bits

    @property
    def has_implicit_batch_dimension(self) -> bool:
        flags = self._trt.NetworkDefinitionCreationFlag.__members__
        # Since version 10 there is no such thing.
        return 'STRONGLY_TYPED' not in flags and not self._bits & 1 << int(flags['EXPLICIT_BATCH'])

    def get_flag(self, flag: Any) -> bool:
        return bool(self._bits & 1 << int(flag))

    def get_input(self, index: int) -> Any:
        return self._inputs[index] if 0 <= index < len(self._inputs) else None

    def get_output(self, index: int) -> Any:
        return self._outputs[index] if 0 <= index < len(self._outputs) else None

    def get_layer(self, index: int) -> Any:
        return self._layers[index] if 0 <= index < len(self._layers) else None

    def mark_output(self, tensor: Any) -> None:
        if tensor not in self._outputs:
            self._outputs.append(tensor)

    def unmark_output(self, tensor: Any) -> None:
        if tensor in self._outputs:
            self._outputs.remove(tensor)
