"""One CUDA device by NVIDIA's cuda-python, with errors in one line."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.hardware import nvidia_driver
from nitedr_ros.engines.plans.key import Gpu
from nitedr_ros.errors import EngineError

Bytes = npt.NDArray[np.uint8]
Priority = Literal['low', 'normal', 'high']

_MODULES = ('cuda.bindings.runtime', 'cuda.cudart')
"""Where cuda-python has the runtime API, newest first."""
_LOOK = ': check the driver with nvidia-smi'


class Cuda:
    """The CUDA runtime of one device.

    runtime: the module of cuda-python, each of whose functions returns its error first. device:
    index of the GPU. Not safe to use from two threads at once, and each thread that uses it must
    `select` it first, as CUDA's current device is a thread's own.
    """

    def __init__(self, runtime: ModuleType, device: int = 0) -> None:
        """Select the device; raises EngineError where there is none of that index."""
        self.runtime = runtime
        self.device = device
        # Without a driver, too, CUDA counts no devices, or says so by an error.
        count = self.call('cudaGetDeviceCount')
        if not 0 <= device < count:
            raise EngineError(
                f'expected a GPU of index {device}, CUDA finds {count}: set engine.device, check '
                'the driver with nvidia-smi'
            )
        self.select()
        properties = self.call('cudaGetDeviceProperties', device)
        name = properties.name
        self.name = name.decode() if isinstance(name, bytes) else str(name)
        self.compute_capability = f'{properties.major}.{properties.minor}'
        self.multiprocessors = int(properties.multiProcessorCount)
        self.unified = bool(properties.integrated)
        """Whether host and GPU share one memory, as on a Jetson: nothing needs to be copied."""
        cuda = str(self.call('cudaDriverGetVersion'))
        # One driver after another may be made for the same CUDA.
        self.driver = ' '.join(filter(None, (cuda, nvidia_driver())))

    @classmethod
    def load(cls, device: int = 0) -> Cuda:
        """Return the device by the cuda-python that is installed; EngineError without one."""
        for name in _MODULES:
            try:
                runtime = import_module(name)
            except ModuleNotFoundError:
                continue
            except ImportError as error:
                reason = ' '.join(str(error).split())
                raise EngineError(f'cuda-python can not be loaded: {reason}') from None
            return cls(runtime, device)
        raise EngineError(
            'expected cuda-python for TensorRT, it is missing: pip install cuda-python'
        )

    @property
    def gpu(self) -> Gpu:
        """What plans are tied to."""
        # Boards of one name differ in how many multiprocessors they have, and kernels by that.
        name = f'{self.name}, {self.multiprocessors} multiprocessors'
        return Gpu(name, self.compute_capability, self.driver)

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the runtime and return what it returns beside its error.

        Raises EngineError, naming function and error, where it fails.
        """
        try:
            error, *results = getattr(self.runtime, function)(*arguments)
        except RuntimeError as failure:
            # What cuda-python raises where there is no driver at all.
            reason = ' '.join(str(failure).split())
            raise EngineError(f'{function} failed: {reason}{_LOOK}') from None
        if int(error) != 0:
            raise EngineError(f'{function} failed: {self._described(error)}')
        if not results:
            return None
        return results[0] if len(results) == 1 else tuple(results)

    def select(self) -> None:
        """Make this the calling thread's device."""
        self.call('cudaSetDevice', self.device)

    def free_and_total(self) -> tuple[int, int]:
        """Return free and total memory of the GPU, bytes."""
        free, total = self.call('cudaMemGetInfo')
        return int(free), int(total)

    def stream(self, priority: Priority) -> Stream:
        """Return a new stream that waits for no other."""
        lowest, highest = self.call('cudaDeviceGetStreamPriorityRange')
        # The numbers fall as priority rises, and 0 is what all others have.
        value = {'low': lowest, 'normal': max(highest, min(lowest, 0)), 'high': highest}[priority]
        flags = self.runtime.cudaStreamNonBlocking
        return Stream(self, self.call('cudaStreamCreateWithPriority', flags, value))

    def shared_buffer(self, count: int) -> SharedBuffer:
        """Return host memory of so many bytes beside as much on the GPU, in one where unified."""
        flags = self.runtime.cudaHostAllocMapped
        host = int(self.call('cudaHostAlloc', count, flags))
        try:
            if self.unified:
                device = int(self.call('cudaHostGetDevicePointer', host, 0))
            else:
                device = int(self.call('cudaMalloc', count))
        except EngineError:
            self.call('cudaFreeHost', host)
            raise
        return SharedBuffer(self, count, host, device)

    def _described(self, error: Any) -> str:
        name = getattr(error, 'name', None) or f'error {int(error)}'
        _, text = self.runtime.cudaGetErrorString(error)
        said = text.decode() if isinstance(text, bytes) else str(text)
        advice = ''
        if 'MemoryAllocation' in name:
            advice = ': close other programs on the GPU, or set a smaller geometry.processing_size'
        elif 'NoDevice' in name or 'InsufficientDriver' in name:
            advice = _LOOK
        return f'{said} ({name}){advice}'


class Stream:
    """A queue of work on the GPU, with events to time it by."""

    def __init__(self, cuda: Cuda, handle: Any) -> None:
        """handle: of cuda-python; `address` is what TensorRT takes."""
        self._cuda, self.handle = cuda, handle
        self.address = int(handle)
        self._graphs: list[Any] = []
        self._events: list[Any] = []

    def upload(self, buffer: SharedBuffer) -> None:
        """Copy a buffer to the GPU; nothing where memory is unified."""
        self._copy(buffer.device, buffer.host, buffer, 'cudaMemcpyHostToDevice')

    def download(self, buffer: SharedBuffer) -> None:
        """Copy a buffer from the GPU; nothing where memory is unified."""
        self._copy(buffer.host, buffer.device, buffer, 'cudaMemcpyDeviceToHost')

    def event(self) -> Any:
        """Return a new event; it lives as long as the stream."""
        event = self._cuda.call('cudaEventCreateWithFlags', self._cuda.runtime.cudaEventDefault)
        self._events.append(event)
        return event

    def record(self, event: Any) -> None:
        """Let the event happen when all that was asked for before is done."""
        self._cuda.call('cudaEventRecord', event, self.handle)

    def wait(self) -> None:
        """Wait until all is done."""
        self._cuda.call('cudaStreamSynchronize', self.handle)

    def seconds(self, first: Any, second: Any) -> float:
        """Return the time between two events that have happened."""
        return float(self._cuda.call('cudaEventElapsedTime', first, second)) / 1e3

    def captured(self, work: Any) -> Any:
        """Return a graph of the work that `work()` asks of this stream, which is not done yet.

        Raises EngineError where it can't be captured; the stream is usable afterwards.
        """
        mode = self._cuda.runtime.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._cuda.call('cudaStreamBeginCapture', self.handle, mode)
        try:
            work()
        except EngineError:
            # Where all before went well, the capture has a graph to give.
            with suppress(EngineError):
                self._cuda.call(
                    'cudaGraphDestroy', self._cuda.call('cudaStreamEndCapture', self.handle)
                )
            raise
        graph = self._cuda.call('cudaStreamEndCapture', self.handle)
        try:
            executable = self._cuda.call('cudaGraphInstantiate', graph, 0)
        finally:
            self._cuda.call('cudaGraphDestroy', graph)
        self._graphs.append(executable)
        return executable

    def launch(self, graph: Any) -> None:
        """Do the work of a captured graph."""
        self._cuda.call('cudaGraphLaunch', graph, self.handle)

    def close(self) -> None:
        """Wait for what is under way and give all back."""
        self.wait()
        for graph in self._graphs:
            self._cuda.call('cudaGraphExecDestroy', graph)
        for event in self._events:
            self._cuda.call('cudaEventDestroy', event)
        self._graphs, self._events = [], []
        self._cuda.call('cudaStreamDestroy', self.handle)

    def _copy(self, target: int, source: int, buffer: SharedBuffer, kind: str) -> None:
        if target == source or self._cuda.unified:
            return
        direction = getattr(self._cuda.runtime.cudaMemcpyKind, kind)
        self._cuda.call('cudaMemcpyAsync', target, source, buffer.count, direction, self.handle)


@dataclass
class SharedBuffer:
    """Pinned host memory and its counterpart on the GPU; addresses, and their size in bytes."""

    cuda: Cuda
    count: int
    host: int
    device: int

    def array(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return the host memory as an array that doesn't own it."""
        memory = (ctypes.c_uint8 * self.count).from_address(self.host)
        return np.ndarray(shape, dtype, memoryview(memory))

    def close(self) -> None:
        """Give both back."""
        if not self.cuda.unified:
            self.cuda.call('cudaFree', self.device)
        self.cuda.call('cudaFreeHost', self.host)
