"""A GPU that is none, for the fakes of CUDA and TensorRT: its state, faults and accounts."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fakes.cuda_memory import Allocation, Bytes, Memory, MemoryFaultError, OutOfMemoryError
from fakes.cuda_streams import CudaError, Event, Graph, Stream, Streams, Work

Thing = TypeVar('Thing')

ALLOCATING = {
    'cudaMalloc',
    'cudaHostAlloc',
    'cudaStreamCreateWithPriority',
    'cudaStreamCreateWithFlags',
    'cudaEventCreateWithFlags',
    'cudaGraphInstantiate',
    'cudaGraphInstantiateWithFlags',
}
"""Functions that make something which has to be given back."""


@dataclass(frozen=True)
class Gpu:
    """What the machine has.

    count: GPUs, all of them alike. integrated: whether GPU and host share one memory, as on a
    Jetson. driver: as cudaDriverGetVersion says it; 0 for none.
    """

    count: int = 1
    name: str = 'NVIDIA Fake 1000'
    compute_capability: tuple[int, int] = (8, 7)
    memory_bytes: int = 2 << 30
    integrated: bool = False
    driver: int = 13_000
    multiprocessors: int = 16


@dataclass
class Failure:
    """An error that a function is to return: from the call after `after` more, `times` times."""

    error: str
    after: int
    times: int


@dataclass
class Recovery:
    """The error that cudaGetLastError returns, and whether nothing works any more."""

    last: str = 'cudaSuccess'
    sticky: str = ''


class Handles:
    """Things by number; a number is never given out twice."""

    def __init__(self) -> None:
        self.things: dict[int, Any] = {}
        self._numbers = itertools.count(0x5000, 0x10)

    def add(self, thing: Any) -> int:
        number = next(self._numbers)
        self.things[number] = thing
        return number

    def get(self, number: int, kind: type[Thing]) -> Thing:
        thing = self.things.get(number)
        if not isinstance(thing, kind):
            raise CudaError(
                'cudaErrorInvalidResourceHandle', f'{number:#x} is no {kind.__name__} that exists'
            )
        return thing

    def pop(self, number: int, kind: type[Thing]) -> Thing:
        thing = self.get(number, kind)
        del self.things[number]
        return thing


@dataclass(eq=False)
class Executable(Graph):
    """A graph that can be launched."""


@dataclass(eq=False)
class CudaDevice:
    """The state of a GPU, and what tests ask and want of it.

    calls: of each function of the runtime so far. misuses: what was done that CUDA forbids, with
    or without saying so. replays: launches of graphs.
    """

    gpu: Gpu
    lazy: bool
    lock: threading.RLock = field(default_factory=threading.RLock)
    calls: Counter[str] = field(default_factory=Counter)
    internal_allocations: int = 0
    misuses: list[str] = field(default_factory=list)
    replays: int = 0
    recovery: Recovery = field(default_factory=Recovery)
    handles: Handles = field(default_factory=Handles)

    def __post_init__(self) -> None:
        self.memory = Memory(self.gpu.memory_bytes, self.gpu.integrated)
        self.streams = Streams(lazy=self.lazy)
        self._failures: dict[str, list[Failure]] = {}
        self.current = threading.local()

    @property
    def live(self) -> list[str]:
        """All that has not been given back, in words: memory, streams, events, graphs."""
        things = [type(thing).__name__ for thing in self.handles.things.values()]
        return [*map(str, self.memory.live), *things]

    @property
    def allocations(self) -> int:
        """How often anything has been made so far, by CUDA or by TensorRT itself."""
        return sum(self.calls[name] for name in ALLOCATING) + self.internal_allocations

    def fail(self, function: str, error: str, *, after: int = 0, times: int = 1) -> None:
        """Let a function of the runtime return an error, from a later call on, so many times."""
        self._failures.setdefault(function, []).append(Failure(error, after, times))

    def injected(self, function: str) -> str | None:
        """Return the error that a test wants this call to return; counts the call."""
        for failure in self._failures.get(function, []):
            if failure.after > 0:
                failure.after -= 1
            elif failure.times > 0:
                failure.times -= 1
                return failure.error
        return None

    def stream(self, number: int) -> Stream:
        """Return a stream; 0 and 1 are the default one."""
        return self.streams.default if number in (0, 1) else self.handles.get(number, Stream)

    def event(self, number: int) -> Event:
        """Return an event."""
        return self.handles.get(number, Event)

    def enqueue(self, stream_number: int, work: Work) -> None:
        """Ask a stream for work."""
        self.streams.add(self.stream(stream_number), self.guarded(work))

    def guarded(self, work: Work) -> Work:
        """Return work whose memory faults are those of a GPU: nothing works afterwards."""

        def run() -> None:
            try:
                work()
            except MemoryFaultError as fault:
                self.misuses.append(str(fault))
                self.recovery.sticky = 'cudaErrorIllegalAddress'
                raise CudaError('cudaErrorIllegalAddress', str(fault)) from fault

        return run

    def take_inside(self, count: int) -> Allocation:
        """Allocate as TensorRT does for itself; raises OutOfMemoryError."""
        with self.lock:
            if any(capture.forbids() for capture in self.streams.captures):
                self.misuses.append('TensorRT had to allocate in a capture')
            self.internal_allocations += 1
            return self.memory.take(count, 'device', 'TensorRT')

    def drop_inside(self, piece: Allocation) -> None:
        """Give that back."""
        with self.lock:
            with suppress(CudaError):
                self.streams.finish_all()
            self.memory.drop(piece)

    def bytes_at(self, address: int, count: int) -> Bytes:
        """Return memory as the GPU sees it; raises MemoryFaultError."""
        return self.memory.find(address, count, 'device')


def attempt(device: CudaDevice, function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Call what one function of the runtime does; raises CudaError for whatever goes wrong."""
    try:
        return function(*arguments)
    except OutOfMemoryError:
        raise CudaError('cudaErrorMemoryAllocation') from None
    except MemoryFaultError as fault:
        device.misuses.append(str(fault))
        raise CudaError('cudaErrorInvalidValue', str(fault)) from fault
