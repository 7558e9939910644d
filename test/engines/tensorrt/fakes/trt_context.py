"""Execution contexts: what runs a plan on memory of the GPU."""

from __future__ import annotations

import weakref
from math import prod
from typing import Any

import numpy as np
from fakes.cuda_memory import ALIGNMENT, MemoryFaultError
from fakes.cuda_streams import CudaError


class IExecutionContext:
    """One context; it keeps its memory, and the engine, as long as it lives."""

    name = ''
    debug_sync = False
    enqueue_emits_profile = True
    nvtx_verbosity = 'ProfilingVerbosity.LAYER_NAMES_ONLY'
    persistent_cache_limit = 0
    active_optimization_profile = 0

    def _begin(self, engine: Any, own_memory: bool) -> None:
        self._engine = engine
        self._shapes = dict(engine._shapes)
        self._addresses = dict.fromkeys(engine._shapes, 0)
        self._memory: int | None = None
        # TensorRT makes what it still lacks when it runs for the first time.
        self._has_run = False
        if own_memory:
            device = self._trt._fake.device
            scratch = device.take_inside(engine._memory_size)
            weakref.finalize(self, device.drop_inside, scratch)
            self._memory = scratch.address

    @property
    def engine(self) -> Any:
        return self._engine

    @property
    def all_binding_shapes_specified(self) -> bool:
        return all(-1 not in self._shapes[name] for name in self._engine._header.shapes)

    @property
    def device_memory(self) -> int:
        return self._memory or 0

    @device_memory.setter
    def device_memory(self, address: int) -> None:
        self._take_memory(address, self._engine._memory_size)

    def _take_memory(self, address: int, size: int) -> None:
        if address % ALIGNMENT or size < self._engine._memory_size:
            self._complain(f'{size} bytes at {address:#x} do not do for the context')
            return
        self._memory = address

    def set_device_memory(self, address: int, size: int) -> None:
        self._take_memory(address, size)

    def update_device_memory_size_for_shapes(self) -> int:
        return int(self._engine._memory_size)

    def set_optimization_profile_async(self, profile_index: int, stream: int) -> bool:
        if not 0 <= profile_index < self._engine.num_optimization_profiles:
            return self._complain(f'no optimization profile {profile_index}')
        self.__dict__['_value_of_active_optimization_profile'] = profile_index
        self._has_run = False
        return True

    def set_aux_streams(self, streams: list[int]) -> None:
        pass

    def set_input_shape(self, name: str, shape: Any) -> bool:
        header, sides = self._engine._header, tuple(shape)
        if name not in header.shapes:
            return self._complain(f'{name} is no input')
        profiles = header.profiles
        index = self.active_optimization_profile
        fixed = (header.shapes[name],) * 3
        least, _, most = profiles[index].get(name, fixed) if profiles else fixed
        fits = len(sides) == len(least) and all(
            low <= side <= high for low, side, high in zip(least, sides, most, strict=True)
        )
        if not fits:
            return self._complain(f'{sides} does not fit the profile of {name}')
        if self._shapes[name] != sides:
            self._shapes[name] = sides
            self._has_run = False
        inputs = {one: self._shapes[one] for one in header.shapes}
        self._shapes |= self._engine._graph.output_shapes(inputs)
        return True

    def get_tensor_shape(self, name: str) -> Any:
        return self._trt.Dims(self._shapes.get(name, ()))

    def get_tensor_strides(self, name: str) -> Any:
        shape = self._shapes.get(name, ())
        return self._trt.Dims(tuple(prod(shape[index + 1 :]) for index in range(len(shape))))

    def infer_shapes(self) -> list[str]:
        return [name for name in self._engine._header.shapes if -1 in self._shapes[name]]

    def set_tensor_address(self, name: str, address: int) -> bool:
        if name not in self._addresses:
            return self._complain(f'no tensor {name}')
        if address % ALIGNMENT:
            return self._complain(f'the address of {name} is not aligned to {ALIGNMENT} bytes')
        self._addresses[name] = address
        return True

    def get_tensor_address(self, name: str) -> int:
        return self._addresses.get(name, 0)

    def execute_v2(self, bindings: list[int]) -> bool:
        names = list(self._addresses)
        if len(bindings) != len(names):
            return self._complain(f'expected {len(names)} bindings, got {len(bindings)}')
        self._addresses |= dict(zip(names, bindings, strict=True))
        done = self.execute_async_v3(0)
        device = self._trt._fake.device
        with device.lock:
            device.streams.finish_all()
        return bool(done)

    def execute_async_v3(self, stream: int) -> bool:
        return self._enqueue(stream)

    def _enqueue(self, stream: int) -> bool:
        fake = self._trt._fake
        device = fake.device
        with device.lock:
            try:
                queue = device.stream(stream)
            except CudaError as error:
                device.misuses.append(f'execute_async_v3: {error}')
                return self._complain(f'Error Code 1: Cuda Runtime ({error})')
            if fake.faults.enqueue_errors > 0:
                fake.faults.enqueue_errors -= 1
                return self._complain('Error Code 1: Cuda Runtime (as a test wants it)')
            captured = queue.capture is not None
            if captured and (fake.faults.no_capture or not self._has_run):
                if not fake.faults.no_capture:
                    device.misuses.append('the first run of a context was in a capture')
                queue.capture.invalid = True
                return self._complain('Error Code 1: Cuda Runtime (in a capture)')
            missing = self._missing()
            if missing:
                return self._complain(f'Error Code 3: API Usage Error ({missing})')
            if stream == 0:
                fake.say(self._logger, 'WARNING', 'Using default stream in enqueueV3()')
            self._has_run = True
            try:
                # Addresses and shapes are those of now, contents those of when it runs.
                device.enqueue(stream, self._work(dict(self._addresses), dict(self._shapes)))
            except CudaError as error:
                return self._complain(f'Error Code 1: Cuda Runtime ({error})')
            return True

    def _missing(self) -> str:
        """Return what has not been set yet, in words."""
        if self._memory is None:
            return 'the context has no device memory'
        for name, address in self._addresses.items():
            if -1 in self._shapes[name]:
                return f'the shape of {name} is not set'
            if not address:
                return f'Address is not set for tensor {name}.'
        return ''

    def _work(self, addresses: dict[str, int], shapes: dict[str, Any]) -> Any:
        device, own, myself = self._trt._fake.device, self._memory or 0, weakref.ref(self)

        def memory(engine: Any, name: str) -> np.ndarray:
            dtype = engine._graph.numpy(name)
            count = prod(shapes[name]) * dtype.itemsize
            return device.bytes_at(addresses[name], count).view(dtype).reshape(shapes[name])

        def work() -> None:
            context = myself()
            if context is None:
                raise MemoryFaultError('work of a context that is gone')
            # Scratch memory that was given back meanwhile is a fault, too.
            device.bytes_at(own, 0)
            engine = context._engine
            feeds = {name: memory(engine, name).copy() for name in engine._header.shapes}
            for name, values in engine._compute(feeds).items():
                if values.shape != tuple(shapes[name]):
                    raise MemoryFaultError(f'{name} comes as {values.shape}')
                memory(engine, name)[...] = values

        return work

    @property
    def _logger(self) -> Any:
        return self._engine._runtime.logger

    def _complain(self, reason: str) -> bool:
        self._trt._fake.say(self._logger, 'ERROR', f'IExecutionContext: {reason}')
        return False
