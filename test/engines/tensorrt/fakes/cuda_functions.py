"""What each function of the CUDA runtime does on a GPU that is none."""

from __future__ import annotations

from typing import Any

import numpy as np
from fakes.cuda_device import CudaDevice, Executable
from fakes.cuda_memory import Bytes, Kind
from fakes.cuda_streams import CaptureMode, CudaError, Event, Graph, Stream

HOST_MAPPED = 2
DISABLE_TIMING = 2
NON_BLOCKING = 1
DIRECTIONS: dict[int, tuple[Kind | None, Kind | None]] = {
    0: ('host', 'host'),
    1: ('device', 'host'),
    2: ('host', 'device'),
    3: ('device', 'device'),
    4: (None, None),
}
"""Target and source of each cudaMemcpyKind."""
PRIORITIES = (0, -5)
"""The least and the greatest one."""


class CudaFunctions:
    """The functions, named as in the runtime but for `cuda` and the capitals.

    They return their results, without the error in front, and raise CudaError,
    MemoryFaultError or OutOfMemoryError. Addresses are numbers, or uint8 arrays where pageable
    memory was given; handles are numbers.
    """

    def __init__(self, device: CudaDevice) -> None:
        self._device = device

    def get_device_count(self) -> int:
        return self._device.gpu.count

    def set_device(self, device: int) -> None:
        if not 0 <= device < self._device.gpu.count:
            raise CudaError('cudaErrorInvalidDevice')
        self._device.current.index = device

    def get_device(self) -> int:
        return getattr(self._device.current, 'index', 0)

    def get_device_properties(self, device: int) -> dict[str, Any]:
        gpu = self._device.gpu
        if not 0 <= device < gpu.count:
            raise CudaError('cudaErrorInvalidDevice')
        return {
            'name': gpu.name.encode(),
            'major': gpu.compute_capability[0],
            'minor': gpu.compute_capability[1],
            'integrated': int(gpu.integrated),
            'totalGlobalMem': gpu.memory_bytes,
            'multiProcessorCount': gpu.multiprocessors,
            'canMapHostMemory': 1,
            'unifiedAddressing': 1,
            'streamPrioritiesSupported': 1,
            'pciBusID': device + 1,
        }

    def malloc(self, size: int) -> int:
        self._device.streams.refuse_in_capture('cudaMalloc')
        return self._device.memory.take(size, 'device', 'cudaMalloc').address if size else 0

    def free(self, address: Any) -> None:
        self._free(address, 'device')

    def host_alloc(self, size: int, flags: int) -> int:
        self._device.streams.refuse_in_capture('cudaHostAlloc')
        mapped = bool(flags & HOST_MAPPED)
        return self._device.memory.take(size, 'host', 'cudaHostAlloc', mapped=mapped).address

    def free_host(self, address: Any) -> None:
        self._free(address, 'host')

    def host_get_device_pointer(self, address: int, flags: int) -> int:
        # Real GPUs map what was not asked to be mapped, too; those who rely on it are caught.
        self._device.memory.find(address, 0, 'device')
        if flags:
            raise CudaError('cudaErrorInvalidValue')
        return address

    def mem_get_info(self) -> tuple[int, int]:
        memory = self._device.memory
        return memory.total - memory.used, memory.total

    def memcpy(self, target: Any, source: Any, count: int, kind: int) -> None:
        self._device.streams.refuse_in_capture('cudaMemcpy')
        self._device.streams.finish_all()
        into, of = DIRECTIONS[int(kind)]
        self._bytes(target, count, into)[:] = self._bytes(source, count, of)

    def memcpy_async(self, target: Any, source: Any, count: int, kind: int, stream: int) -> None:
        queue = self._device.stream(stream)
        into, of = DIRECTIONS[int(kind)]
        # What is wrong from the start is said at once.
        self._bytes(target, count, into)
        read = self._bytes(source, count, of)
        if isinstance(source, np.ndarray) and queue.capture is None:
            # CUDA has read pageable memory when it returns.
            source = read.copy()

        def copy() -> None:
            self._bytes(target, count, into)[:] = self._bytes(source, count, of)

        self._device.enqueue(stream, copy)
        if isinstance(target, np.ndarray):
            self._device.streams.finish(queue)

    def memset_async(self, address: int, value: int, count: int, stream: int) -> None:
        self._device.bytes_at(address, count)

        def fill() -> None:
            self._device.bytes_at(address, count)[:] = value & 0xFF

        self._device.enqueue(stream, fill)

    def device_get_stream_priority_range(self) -> tuple[int, int]:
        return PRIORITIES

    def stream_create_with_priority(self, flags: int, priority: int) -> int:
        least, greatest = PRIORITIES
        stream = Stream(not flags & NON_BLOCKING, min(max(priority, greatest), least))
        self._device.streams.all.append(stream)
        return self._device.handles.add(stream)

    def stream_create_with_flags(self, flags: int) -> int:
        return self.stream_create_with_priority(flags, 0)

    def stream_destroy(self, stream: int) -> None:
        self._device.streams.remove(self._device.handles.pop(stream, Stream))

    def stream_synchronize(self, stream: int) -> None:
        waited = self._device.stream(stream)
        if waited.capture is not None:
            waited.capture.invalid = True
            raise CudaError('cudaErrorStreamCaptureUnsupported', 'waiting for a captured stream')
        self._device.streams.finish(waited)

    def stream_query(self, stream: int) -> None:
        asked = self._device.stream(stream)
        if asked.capture is not None:
            asked.capture.invalid = True
            raise CudaError('cudaErrorStreamCaptureUnsupported', 'asking a captured stream')
        if asked.waiting:
            raise CudaError('cudaErrorNotReady')

    def device_synchronize(self) -> None:
        self._device.streams.refuse_in_capture('cudaDeviceSynchronize')
        self._device.streams.finish_all()

    def event_create_with_flags(self, flags: int) -> int:
        return self._device.handles.add(Event(timing=not flags & DISABLE_TIMING))

    def event_record(self, event: int, stream: int) -> None:
        self._device.streams.record(self._device.event(event), self._device.stream(stream))

    def event_synchronize(self, event: int) -> None:
        ticket = self._recorded(event).ticket
        if ticket is not None:
            self._device.streams.reach(ticket)

    def event_query(self, event: int) -> None:
        ticket = self._recorded(event).ticket
        if ticket is not None and not ticket.done:
            raise CudaError('cudaErrorNotReady')

    def event_elapsed_time(self, start: int, end: int) -> float:
        times = []
        for event in (self._recorded(start), self._recorded(end)):
            if not event.timing or event.ticket is None:
                raise CudaError('cudaErrorInvalidResourceHandle', 'an event without a time')
            times.append(event.ticket.time)
        first, last = times
        if first is None or last is None:
            raise CudaError('cudaErrorNotReady')
        return (last - first) * 1e3

    def event_destroy(self, event: int) -> None:
        self._device.handles.pop(event, Event)

    def stream_wait_event(self, stream: int, event: int, flags: int) -> None:
        if flags:
            raise CudaError('cudaErrorInvalidValue')
        self._device.streams.wait_for(self._device.stream(stream), self._device.event(event))

    def stream_begin_capture(self, stream: int, mode: int) -> None:
        self._device.streams.begin(self._device.stream(stream), CaptureMode(int(mode)))

    def stream_end_capture(self, stream: int) -> int:
        return self._device.handles.add(self._device.streams.end(self._device.stream(stream)))

    def stream_is_capturing(self, stream: int) -> int:
        capture = self._device.stream(stream).capture
        return 0 if capture is None else 2 if capture.invalid else 1

    def graph_instantiate(self, graph: int, flags: int) -> int:
        del flags
        return self._device.handles.add(Executable(self._device.handles.get(graph, Graph).work))

    def graph_instantiate_with_flags(self, graph: int, flags: int) -> int:
        return self.graph_instantiate(graph, flags)

    def graph_upload(self, executable: int, stream: int) -> None:
        self._device.handles.get(executable, Executable)
        self._device.stream(stream)

    def graph_launch(self, executable: int, stream: int) -> None:
        work = self._device.handles.get(executable, Executable).work
        for piece in work:
            self._device.enqueue(stream, piece)
        self._device.replays += 1

    def graph_exec_destroy(self, executable: int) -> None:
        self._device.handles.pop(executable, Executable)

    def graph_destroy(self, graph: int) -> None:
        if isinstance(self._device.handles.get(graph, Graph), Executable):
            raise CudaError('cudaErrorInvalidValue', 'an executable graph is no graph')
        self._device.handles.pop(graph, Graph)

    def _free(self, address: int, kind: Kind) -> None:
        self._device.streams.refuse_in_capture('freeing memory')
        if address:
            # CUDA waits for all that is under way before it frees.
            self._device.streams.finish_all()
            self._device.memory.give_back(address, kind)

    def _recorded(self, number: int) -> Event:
        event = self._device.event(number)
        if event.captured is not None:
            raise CudaError('cudaErrorCapturedEvent')
        return event

    def _bytes(self, address: Any, count: int, kind: Kind | None) -> Bytes:
        if not isinstance(address, np.ndarray):
            return self._device.memory.find(address, count, kind)
        if kind == 'device' or address.size < count:
            raise CudaError('cudaErrorInvalidValue', f'{count} bytes of {address.size} on a host')
        return address[:count]
