"""Streams, events and graphs of the fake CUDA runtime."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from fakes.cuda_calls import direction, error_of, mode, pinned
from fakes.cuda_memory import NEW
from fakes.fake_cuda import make_cuda_runtime

Call = Callable[..., Any]


def round_trip(cuda: ModuleType, call: Call, stream: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """Ask for a copy to the GPU and back; returns the device's address and both host arrays."""
    device = call('cudaMalloc', 8)
    (first, ours), (second, theirs) = pinned(cuda, 8), pinned(cuda, 8)
    call('cudaMemcpyAsync', device, first, 8, direction(cuda, 'HostToDevice'), stream)
    call('cudaMemcpyAsync', second, device, 8, direction(cuda, 'DeviceToHost'), stream)
    return device, ours, theirs


def test_copies_are_done_when_somebody_waits(cuda: ModuleType, call: Call, stream: Any) -> None:
    _, ours, theirs = round_trip(cuda, call, stream)
    ours[:] = 7  # changed before it has been read, as a careless engine would
    assert (theirs == NEW).all()
    assert error_of(cuda, 'cudaStreamQuery', stream) == 'cudaErrorNotReady'
    call('cudaStreamSynchronize', stream)
    assert (theirs == 7).all()
    call('cudaStreamQuery', stream)


def test_copies_are_done_at_once_where_a_test_wants_it() -> None:
    cuda = make_cuda_runtime(13, lazy=False)
    _, stream = cuda.cudaStreamCreateWithFlags(1)
    _, device = cuda.cudaMalloc(4)
    cuda.cudaMemsetAsync(device, 5, 4, stream)
    assert (cuda._fake.bytes_at(device, 4) == 5).all()


def test_pageable_memory_is_read_at_once(cuda: ModuleType, call: Call, stream: Any) -> None:
    piece, array = call('cudaMalloc', 8), np.full(8, 1, np.uint8)
    call('cudaMemcpyAsync', piece, array, 8, direction(cuda, 'HostToDevice'), stream)
    array[:] = 2
    back = np.zeros(8, np.uint8)
    call('cudaMemcpyAsync', back, piece, 8, direction(cuda, 'DeviceToHost'), stream)
    assert (back == 1).all()


def test_events_order_streams(cuda: ModuleType, call: Call, stream: Any) -> None:
    other = call('cudaStreamCreateWithFlags', cuda.cudaStreamNonBlocking)
    event = call('cudaEventCreateWithFlags', 0)
    source, target = call('cudaMalloc', 4), call('cudaMalloc', 4)
    call('cudaMemsetAsync', source, 1, 4, stream)
    call('cudaEventRecord', event, stream)
    call('cudaMemsetAsync', source, 3, 4, stream)
    call('cudaStreamWaitEvent', other, event, 0)
    kind = direction(cuda, 'DeviceToDevice')
    call('cudaMemcpyAsync', target, source, 4, kind, other)
    call('cudaStreamSynchronize', other)
    assert (cuda._fake.bytes_at(target, 4) == 1).all()
    call('cudaDeviceSynchronize')
    assert (cuda._fake.bytes_at(source, 4) == 3).all()


def test_events_measure_time_once_they_have_happened(
    cuda: ModuleType, call: Call, stream: Any
) -> None:
    first, last = (call('cudaEventCreateWithFlags', 0) for _ in range(2))
    call('cudaEventRecord', first, stream)
    call('cudaEventRecord', last, stream)
    assert error_of(cuda, 'cudaEventElapsedTime', first, last) == 'cudaErrorNotReady'
    call('cudaEventSynchronize', last)
    assert call('cudaEventElapsedTime', first, last) >= 0
    silent = call('cudaEventCreateWithFlags', cuda.cudaEventDisableTiming)
    call('cudaEventRecord', silent, stream)
    invalid = 'cudaErrorInvalidResourceHandle'
    assert error_of(cuda, 'cudaEventElapsedTime', first, silent) == invalid


def round_trip_in_capture(
    cuda: ModuleType, call: Call, stream: Any
) -> tuple[Any, np.ndarray, np.ndarray]:
    """The same, its memory from another thread, which a thread-local capture allows."""
    made: list[Any] = []
    thread = threading.Thread(
        target=lambda: made.extend([call('cudaMalloc', 8), pinned(cuda, 8), pinned(cuda, 8)])
    )
    thread.start()
    thread.join()
    device, (first, ours), (second, theirs) = made
    call('cudaMemcpyAsync', device, first, 8, direction(cuda, 'HostToDevice'), stream)
    call('cudaMemcpyAsync', second, device, 8, direction(cuda, 'DeviceToHost'), stream)
    return device, ours, theirs


def test_captured_work_runs_at_each_launch(cuda: ModuleType, call: Call, stream: Any) -> None:
    call('cudaStreamBeginCapture', stream, mode(cuda, 'ThreadLocal'))
    _, ours, theirs = round_trip_in_capture(cuda, call, stream)
    graph = call('cudaStreamEndCapture', stream)
    executable = call('cudaGraphInstantiate', graph, 0)
    call('cudaGraphDestroy', graph)
    call('cudaStreamSynchronize', stream)
    assert (theirs == NEW).all()
    for value in (3, 4):
        ours[:] = value
        call('cudaGraphLaunch', executable, stream)
        call('cudaStreamSynchronize', stream)
        assert (theirs == value).all()
    assert cuda._fake.replays == 2
    call('cudaGraphExecDestroy', executable)
    assert error_of(cuda, 'cudaGraphLaunch', executable, stream) != 'cudaSuccess'


@pytest.mark.parametrize(
    'name, arguments',
    [
        ('cudaMalloc', (8,)),
        ('cudaHostAlloc', (8, 0)),
        ('cudaFree', (0,)),
        ('cudaFreeHost', (0,)),
        ('cudaDeviceSynchronize', ()),
    ],
)
@pytest.mark.parametrize('who', ['Global', 'ThreadLocal'])
def test_a_capture_allows_neither_allocating_nor_waiting(
    cuda: ModuleType, call: Call, stream: Any, who: str, name: str, arguments: tuple[int, ...]
) -> None:
    call('cudaStreamBeginCapture', stream, mode(cuda, who))
    assert error_of(cuda, name, *arguments) == 'cudaErrorStreamCaptureUnsupported'
    status = call('cudaStreamIsCapturing', stream)
    assert status == cuda.cudaStreamCaptureStatus.cudaStreamCaptureStatusInvalidated
    error, graph = cuda.cudaStreamEndCapture(stream)
    assert (error.name, graph) == ('cudaErrorStreamCaptureInvalidated', None)
    # The stream does as before.
    call('cudaStreamSynchronize', stream)
    call(name, *arguments)


def test_a_global_capture_forbids_other_threads_too(
    cuda: ModuleType, call: Call, stream: Any
) -> None:
    call('cudaStreamBeginCapture', stream, mode(cuda, 'Global'))
    errors: list[str] = []
    thread = threading.Thread(target=lambda: errors.append(error_of(cuda, 'cudaMalloc', 8)))
    thread.start()
    thread.join()
    assert errors == ['cudaErrorStreamCaptureUnsupported']


def test_waiting_for_a_captured_stream_spoils_the_capture(
    cuda: ModuleType, call: Call, stream: Any
) -> None:
    call('cudaStreamBeginCapture', stream, mode(cuda, 'Relaxed'))
    unsupported = 'cudaErrorStreamCaptureUnsupported'
    assert error_of(cuda, 'cudaStreamSynchronize', stream) == unsupported
    spoilt = 'cudaErrorStreamCaptureInvalidated'
    assert error_of(cuda, 'cudaStreamEndCapture', stream) == spoilt
    assert error_of(cuda, 'cudaStreamEndCapture', stream) == 'cudaErrorIllegalState'


def test_streams_that_joined_a_capture_must_come_back(
    cuda: ModuleType, call: Call, stream: Any
) -> None:
    other = call('cudaStreamCreateWithFlags', 1)
    fork, join = (call('cudaEventCreateWithFlags', 2) for _ in range(2))
    device = call('cudaMalloc', 4)

    def capture(*, come_back: bool) -> str:
        call('cudaStreamBeginCapture', stream, mode(cuda, 'ThreadLocal'))
        call('cudaEventRecord', fork, stream)
        call('cudaStreamWaitEvent', other, fork, 0)
        call('cudaMemsetAsync', device, 9, 4, other)
        if come_back:
            call('cudaEventRecord', join, other)
            call('cudaStreamWaitEvent', stream, join, 0)
        return error_of(cuda, 'cudaStreamEndCapture', stream)

    assert capture(come_back=False) == 'cudaErrorStreamCaptureUnjoined'
    assert capture(come_back=True) == 'cudaSuccess'
    assert error_of(cuda, 'cudaEventSynchronize', fork) == 'cudaErrorCapturedEvent'


def test_a_graph_on_freed_memory_breaks_the_gpu(cuda: ModuleType, call: Call, stream: Any) -> None:
    piece = call('cudaMalloc', 8)
    call('cudaStreamBeginCapture', stream, mode(cuda, 'ThreadLocal'))
    call('cudaMemsetAsync', piece, 1, 8, stream)
    executable = call('cudaGraphInstantiate', call('cudaStreamEndCapture', stream), 0)
    call('cudaFree', piece)
    call('cudaGraphLaunch', executable, stream)
    assert error_of(cuda, 'cudaStreamSynchronize', stream) == 'cudaErrorIllegalAddress'
    # Nothing works afterwards.
    assert error_of(cuda, 'cudaMalloc', 8) == 'cudaErrorIllegalAddress'
    assert cuda._fake.misuses
