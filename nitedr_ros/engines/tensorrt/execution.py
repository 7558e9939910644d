"""One frame at a time through a plan: host to GPU, networks, GPU to host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.tensorrt.cuda import Cuda, Priority, SharedBuffer
from nitedr_ros.engines.tensorrt.plan import Plan
from nitedr_ros.errors import EngineError


class Execution:
    """Buffers, a stream and a context of its own, made once; a frame allocates nothing.

    Several executions of one plan overlap: one copies while another computes. The networks are
    launched as one CUDA graph where `use_graph` is set, which saves the launch of each kernel;
    copies stay outside of it, so that they can be timed.
    """

    def __init__(self, cuda: Cuda, plan: Plan, *, priority: Priority, use_graph: bool) -> None:
        """Raises EngineError where the GPU's memory doesn't suffice; then nothing is kept."""
        self._cuda, self._plan = cuda, plan
        self._buffers: dict[str, SharedBuffer] = {}
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._stream = cuda.stream(priority)
        try:
            for tensor in plan.tensors:
                buffer = cuda.shared_buffer(tensor.count)
                self._buffers[tensor.name] = buffer
                self._arrays[tensor.name] = buffer.array(tensor.shape, tensor.dtype)
            addresses = {name: buffer.device for name, buffer in self._buffers.items()}
            self._context = plan.context(addresses)
            self._events = tuple(self._stream.event() for _ in range(4))
            self._graph = self._captured() if use_graph else None
        except EngineError:
            self.close()
            raise

    @property
    def gpu_bytes(self) -> int:
        """GPU memory of buffers and context, bytes."""
        buffers = sum(buffer.count for buffer in self._buffers.values())
        return buffers + self._plan.context_bytes

    def begin(self, inputs: Mapping[str, npt.NDArray[Any]]) -> None:
        """Begin a frame and return at once; one at a time.

        inputs: all that has changed since the frame before, by name, in the plan's shapes and
        types; the others keep their values on the GPU.
        """
        first, copied, computed, last = self._events
        stream = self._stream
        for name, image in inputs.items():
            np.copyto(self._arrays[name], image, casting='no')
        stream.record(first)
        for name in inputs:
            stream.upload(self._buffers[name])
        stream.record(copied)
        if self._graph is None:
            self._compute()
        else:
            stream.launch(self._graph)
        stream.record(computed)
        for tensor in self._plan.tensors:
            if not tensor.is_input:
                stream.download(self._buffers[tensor.name])
        stream.record(last)

    def end(self) -> dict[str, float]:
        """Wait for the frame; return seconds by stage: copy_in, infer, copy_out."""
        self._stream.wait()
        first, copied, computed, last = self._events
        seconds = self._stream.seconds
        return {
            'copy_in': seconds(first, copied),
            'infer': seconds(copied, computed),
            'copy_out': seconds(computed, last),
        }

    def outputs(self) -> dict[str, npt.NDArray[Any]]:
        """Return the outputs of the last frame by name, in memory that the next overwrites."""
        return {
            tensor.name: self._arrays[tensor.name]
            for tensor in self._plan.tensors
            if not tensor.is_input
        }

    def close(self) -> None:
        """Give all back."""
        self._stream.close()
        # The context uses the buffers.
        self._context = None
        self._arrays.clear()
        for buffer in self._buffers.values():
            buffer.close()
        self._buffers.clear()

    def _compute(self) -> None:
        if not self._context.execute_async_v3(self._stream.address):
            raise EngineError('TensorRT could not run the plan: set engine.name to another engine')

    def _captured(self) -> Any:
        # The first run of a context does what can't be captured.
        self._compute()
        self._stream.wait()
        return self._stream.captured(self._compute)


def bytes_needed(plan: Plan, executions: int) -> int:
    """Return the GPU memory that a plan takes with so many executions, bytes."""
    buffers = sum(tensor.count for tensor in plan.tensors)
    return plan.plan_bytes + executions * (buffers + plan.context_bytes)
