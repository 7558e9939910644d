"""A plan that is loaded: what it takes and gives, and how much memory it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from nitedr_ros.engines.tensorrt.monitor import Complaints, made_with_cuda, make_logger
from nitedr_ros.errors import EngineError


@dataclass(frozen=True)
class PlanTensor:
    """An input or output of a plan; `count` in bytes."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_input: bool

    @property
    def count(self) -> int:
        """Its size, bytes."""
        return prod(self.shape) * self.dtype.itemsize


class Plan:
    """A deserialised plan; it serves any number of execution contexts."""

    def __init__(self, trt: ModuleType, content: bytes) -> None:
        """Raises EngineError where TensorRT refuses the plan, such as one of another version."""
        complaints = Complaints()
        # The runtime keeps no reference of its own to the logger, nor the plan to the runtime.
        self._logger = make_logger(trt, complaints)
        self._runtime = made_with_cuda(trt.Runtime, self._logger, complaints)
        self._engine = self._runtime.deserialize_cuda_engine(content)
        if self._engine is None:
            raise EngineError(f'TensorRT {trt.__version__} refuses the plan: {complaints.take()}')
        self.tensors = tuple(
            self._tensor(trt, self._engine.get_tensor_name(index))
            for index in range(self._engine.num_io_tensors)
        )
        self.plan_bytes = len(content)

    @property
    def context_bytes(self) -> int:
        """GPU memory that each execution context takes, bytes."""
        for name in ('device_memory_size_v2', 'device_memory_size'):
            if hasattr(self._engine, name):
                return int(getattr(self._engine, name))
        return 0

    def context(self, addresses: Mapping[str, int]) -> Any:
        """Return a new execution context that works on this memory of the GPU, by tensor name.

        Raises EngineError where there is no memory for it, or where it refuses that.
        """
        context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(
                f'expected {self.context_bytes / 2**20:.0f} MiB of GPU memory for the plan, it is '
                'not free: close other programs on the GPU'
            )
        for name, address in addresses.items():
            if not context.set_tensor_address(name, address):
                raise EngineError(f'expected TensorRT to take the memory for {name}, it does not')
        return context

    def _tensor(self, trt: ModuleType, name: str) -> PlanTensor:
        engine = self._engine
        return PlanTensor(
            name,
            tuple(int(side) for side in engine.get_tensor_shape(name)),
            _dtype(trt, engine.get_tensor_dtype(name)),
            engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT,
        )


def _dtype(trt: ModuleType, dtype: Any) -> np.dtype[Any]:
    # Images and maps are all that goes in and out.
    known = {trt.DataType.UINT8: np.uint8, trt.DataType.FLOAT: np.float32}
    if dtype not in known:
        raise EngineError(f'expected a plan of bytes and fp32 numbers, got {dtype}: export again')
    return np.dtype(known[dtype])
