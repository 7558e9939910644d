"""Streams, events and graphs: what is asked of a stream is done later, in order, or recorded."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

Work = Callable[[], None]


class CudaError(Exception):
    """An error that CUDA returns, by the name of its member of cudaError_t."""

    def __init__(self, name: str, reason: str = '') -> None:
        super().__init__(f'{name}: {reason}' if reason else name)
        self.name = name


class CaptureMode(Enum):
    """Who may not allocate while a stream is captured."""

    GLOBAL = 0
    THREAD_LOCAL = 1
    RELAXED = 2


@dataclass(eq=False)
class Ticket:
    """One recording of an event: done once its stream has come so far."""

    stream: Stream
    time: float | None = None

    @property
    def done(self) -> bool:
        return self.time is not None


@dataclass(eq=False)
class Event:
    """An event; `captured` is the capture in which it was recorded last."""

    timing: bool
    ticket: Ticket | None = None
    captured: Capture | None = None
    recorded_in: Stream | None = None


@dataclass(eq=False)
class Capture:
    """Work that is recorded, from one stream and those that were made to wait for it."""

    origin: Stream
    mode: CaptureMode
    thread: int = field(default_factory=threading.get_ident)
    work: list[Work] = field(default_factory=list)
    unjoined: set[Stream] = field(default_factory=set)
    invalid: bool = False

    def forbids(self) -> bool:
        """Tell whether the calling thread may not do what could end in waiting for the GPU."""
        if self.mode is CaptureMode.THREAD_LOCAL:
            return self.thread == threading.get_ident()
        return self.mode is CaptureMode.GLOBAL


@dataclass(eq=False)
class Stream:
    """A queue of work."""

    blocking: bool
    priority: int = 0
    waiting: deque[Work] = field(default_factory=deque)
    capture: Capture | None = None


@dataclass(eq=False)
class Graph:
    """Recorded work, in an order in which it may be done."""

    work: list[Work]


class Streams:
    """All streams of a GPU.

    lazy: work is done when somebody waits for it, as late as the order allows; otherwise at once.
    """

    def __init__(self, *, lazy: bool) -> None:
        self.lazy = lazy
        self.default = Stream(blocking=True)
        self.all: list[Stream] = [self.default]

    @property
    def captures(self) -> set[Capture]:
        """What is being captured."""
        return {stream.capture for stream in self.all if stream.capture is not None}

    def add(self, stream: Stream, work: Work) -> None:
        """Ask a stream for work, or record it where the stream is captured."""
        capture = stream.capture
        if capture is not None:
            if capture.invalid:
                raise CudaError('cudaErrorStreamCaptureInvalidated')
            capture.work.append(work)
            if stream is not capture.origin:
                capture.unjoined.add(stream)
            return
        self._keep_legacy_order(stream)
        stream.waiting.append(work)
        if not self.lazy:
            self.finish(stream)

    def finish(self, stream: Stream) -> None:
        """Do all that a stream was asked for."""
        while stream.waiting:
            work = stream.waiting.popleft()
            try:
                work()
            except BaseException:
                stream.waiting.clear()
                raise

    def finish_all(self) -> None:
        """Do all there is to do."""
        for stream in self.all:
            self.finish(stream)

    def reach(self, ticket: Ticket) -> None:
        """Do what comes before a recorded event."""
        while not ticket.done and ticket.stream.waiting:
            ticket.stream.waiting.popleft()()

    def record(self, event: Event, stream: Stream) -> None:
        """Let an event happen once all that the stream was asked for before is done."""
        event.captured, event.recorded_in = stream.capture, stream
        if stream.capture is not None:
            return
        ticket = event.ticket = Ticket(stream)

        def happen() -> None:
            ticket.time = time.perf_counter()

        self.add(stream, happen)

    def wait_for(self, stream: Stream, event: Event) -> None:
        """Let a stream wait for an event; it joins the capture in which that was recorded."""
        if event.captured is not None:
            self._join(stream, event)
            return
        if stream.capture is not None:
            stream.capture.invalid = True
            raise CudaError('cudaErrorStreamCaptureIsolation', 'the event is not captured')
        ticket = event.ticket
        if ticket is not None:
            self.add(stream, lambda: self.reach(ticket))

    def _join(self, stream: Stream, event: Event) -> None:
        capture, source = event.captured, event.recorded_in
        assert capture is not None
        if capture not in self.captures:
            raise CudaError('cudaErrorCapturedEvent', 'the capture has ended')
        if stream is capture.origin:
            capture.unjoined.discard(source or stream)
        else:
            stream.capture = capture
            capture.unjoined.add(stream)

    def begin(self, stream: Stream, mode: CaptureMode) -> None:
        """Begin to record what is asked of a stream."""
        if stream is self.default:
            raise CudaError('cudaErrorStreamCaptureUnsupported', 'the default stream')
        if stream.capture is not None:
            raise CudaError('cudaErrorIllegalState', 'the stream is captured already')
        stream.capture = Capture(stream, mode)

    def end(self, stream: Stream) -> Graph:
        """Return what was recorded; the capture ends in any case but that of a wrong caller."""
        capture = stream.capture
        if capture is None:
            raise CudaError('cudaErrorIllegalState', 'the stream is not captured')
        if stream is not capture.origin:
            capture.invalid = True
            raise CudaError('cudaErrorStreamCaptureUnmatched')
        if capture.mode is not CaptureMode.RELAXED and capture.thread != threading.get_ident():
            raise CudaError('cudaErrorStreamCaptureWrongThread')
        self._forget(capture)
        if capture.invalid:
            raise CudaError('cudaErrorStreamCaptureInvalidated')
        if capture.unjoined:
            raise CudaError('cudaErrorStreamCaptureUnjoined')
        return Graph(capture.work)

    def remove(self, stream: Stream) -> None:
        """Let go of a stream; what it was asked for is done."""
        if stream.capture is not None:
            self._forget(stream.capture)
        self.finish(stream)
        self.all.remove(stream)

    def refuse_in_capture(self, what: str) -> None:
        """Raise where `what` could wait for a stream that is captured, and spoil the capture."""
        for capture in self.captures:
            if capture.forbids():
                capture.invalid = True
                raise CudaError('cudaErrorStreamCaptureUnsupported', f'{what} in a capture')

    def _forget(self, capture: Capture) -> None:
        for stream in self.all:
            if stream.capture is capture:
                stream.capture = None

    def _keep_legacy_order(self, stream: Stream) -> None:
        """The default stream and those that were not made non-blocking wait for each other."""
        if stream is self.default:
            for other in self.all:
                if other.blocking and other is not stream:
                    self.finish(other)
        elif stream.blocking:
            self.finish(self.default)
