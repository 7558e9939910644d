"""Memory and streams of a CUDA device; what goes wrong is one line, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fakes.cuda_streams import Stream as FakeStream
from machines import Machine

from nitedr_ros.engines.tensorrt.cuda import Cuda, Stream
from nitedr_ros.errors import EngineError

OUT_OF_MEMORY = 'cudaErrorMemoryAllocation'


@pytest.mark.parametrize('priority, number', [('low', 0), ('normal', 0), ('high', -5)])
def test_streams_have_the_priority_that_was_asked_for(
    cuda_machine: Machine, priority: Any, number: int
) -> None:
    stream = cuda_machine.cuda().stream(priority)
    fake = cuda_machine.device.handles.get(stream.address, FakeStream)
    assert (fake.priority, fake.blocking) == (number, False)
    stream.close()


@pytest.mark.parametrize(
    'span, numbers',
    [((0, 0), (0, 0, 0)), ((3, -2), (3, 0, -2)), ((5, 2), (5, 2, 2)), ((-1, -5), (-1, -1, -5))],
)
def test_normal_is_what_all_others_have_where_that_exists(
    newest: Machine,
    monkeypatch: pytest.MonkeyPatch,
    span: tuple[int, int],
    numbers: tuple[int, ...],
) -> None:
    cuda, asked = newest.cuda(), []
    call = cuda.call

    def answer(function: str, *arguments: Any) -> Any:
        if function == 'cudaStreamCreateWithPriority':
            asked.append(arguments[1])
        return span if function.endswith('PriorityRange') else call(function, *arguments)

    monkeypatch.setattr(cuda, 'call', answer)
    for priority in ('low', 'normal', 'high'):
        cuda.stream(priority).close()
    assert tuple(asked) == numbers


def there_and_back(cuda: Cuda) -> tuple[np.ndarray, int]:
    """Fill a buffer, take it to the GPU and back over other values; return it and its address."""
    buffer, stream = cuda.shared_buffer(24), cuda.stream('normal')
    array = buffer.array((2, 3), np.float32)
    array[...] = np.arange(6).reshape(2, 3)
    stream.upload(buffer)
    stream.wait()
    array[...] = -1
    stream.download(buffer)
    stream.wait()
    found, apart = array.copy(), buffer.device - buffer.host
    del array
    stream.close()
    buffer.close()
    return found, apart


def test_buffers_go_to_the_gpu_and_back(cuda_machine: Machine) -> None:
    found, apart = there_and_back(cuda_machine.cuda())
    assert apart
    np.testing.assert_array_equal(found, [[0, 1, 2], [3, 4, 5]])
    assert cuda_machine.copies == 2


def test_unified_memory_is_not_copied(jetson: Machine) -> None:
    cuda = jetson.cuda()
    assert cuda.unified
    found, apart = there_and_back(cuda)
    assert not apart
    assert (found == -1).all()
    assert jetson.copies == 0
    assert jetson.device.calls['cudaMalloc'] == 0


@pytest.mark.parametrize('function', ['cudaHostAlloc', 'cudaMalloc'])
def test_memory_that_runs_out_leaves_nothing_behind(cuda_machine: Machine, function: str) -> None:
    cuda = cuda_machine.cuda()
    cuda_machine.device.fail(function, OUT_OF_MEMORY)
    with pytest.raises(EngineError, match=rf'{function} failed: .*close other programs'):
        cuda.shared_buffer(1000)
    assert cuda_machine.device.live == []


def test_an_address_that_is_refused_leaves_nothing_behind(jetson: Machine) -> None:
    jetson.device.fail('cudaHostGetDevicePointer', 'cudaErrorInvalidValue')
    with pytest.raises(EngineError, match='cudaHostGetDevicePointer failed: invalid argument'):
        jetson.cuda().shared_buffer(1000)
    assert jetson.device.live == []


def work_on(cuda: Cuda) -> tuple[Stream, Any, np.ndarray]:
    """Return a stream, a buffer and its bytes, which are 7 on the GPU and 0 here."""
    stream, buffer = cuda.stream('normal'), cuda.shared_buffer(8)
    array = buffer.array((8,), np.uint8)
    array[:] = 7
    stream.upload(buffer)
    stream.wait()
    array[:] = 0
    return stream, buffer, array


def test_a_graph_does_its_work_at_each_launch(cuda_machine: Machine) -> None:
    stream, buffer, array = work_on(cuda_machine.cuda())
    first, second = stream.event(), stream.event()
    graph = stream.captured(lambda: stream.download(buffer))
    stream.wait()
    assert (array == 0).all()
    for _ in range(2):
        array[:] = 0
        stream.record(first)
        stream.launch(graph)
        stream.record(second)
        stream.wait()
        assert (array == 7).all()
    assert 0 < stream.seconds(first, second) < 60
    assert cuda_machine.device.replays == 2
    stream.close()
    buffer.close()


def test_work_that_fails_ends_the_capture(cuda_machine: Machine) -> None:
    stream, buffer, array = work_on(cuda_machine.cuda())

    def fail() -> None:
        stream.download(buffer)
        raise EngineError('no')

    with pytest.raises(EngineError, match='no'):
        stream.captured(fail)
    stream.download(buffer)
    stream.wait()
    assert (array == 7).all()
    stream.close()
    buffer.close()
    assert cuda_machine.device.live == []


@pytest.mark.parametrize(
    'function', ['cudaStreamBeginCapture', 'cudaGraphInstantiate', 'cudaMemcpyAsync']
)
def test_a_capture_that_cuda_refuses_leaves_nothing_behind(
    cuda_machine: Machine, function: str
) -> None:
    stream, buffer, _ = work_on(cuda_machine.cuda())
    cuda_machine.device.fail(function, 'cudaErrorUnknown')
    with pytest.raises(EngineError, match=rf'^{function} failed: unknown error'):
        stream.captured(lambda: stream.download(buffer))
    stream.close()
    buffer.close()
    assert cuda_machine.device.live == []
