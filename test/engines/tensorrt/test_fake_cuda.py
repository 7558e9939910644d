"""The fake of the CUDA runtime does what CUDA does, and finds what must not be done."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from fakes.cuda_calls import direction, error_of
from fakes.cuda_device import Gpu
from fakes.fake_cuda import make_cuda_runtime

Call = Callable[..., Any]


def test_memory_is_counted_and_runs_out() -> None:
    cuda = make_cuda_runtime(12, Gpu(memory_bytes=100))
    _, address = cuda.cudaMalloc(60)
    assert cuda.cudaMemGetInfo()[1:] == (40, 100)
    error, none = cuda.cudaMalloc(41)
    assert (error.name, none) == ('cudaErrorMemoryAllocation', None)
    assert cuda.cudaGetLastError()[0].name == 'cudaErrorMemoryAllocation'
    assert cuda.cudaGetLastError()[0].name == 'cudaSuccess'
    assert cuda.cudaHostAlloc(1000, 0)[0] == 0
    cuda.cudaFree(address)
    assert cuda.cudaMalloc(100)[0] == 0


def test_a_jetson_has_one_memory() -> None:
    cuda = make_cuda_runtime(12, Gpu(memory_bytes=100, integrated=True))
    _, plain = cuda.cudaHostAlloc(20, 0)
    _, mapped = cuda.cudaHostAlloc(20, cuda.cudaHostAllocMapped)
    assert cuda.cudaMemGetInfo()[1] == 60
    assert cuda.cudaHostGetDevicePointer(mapped, 0)[1] == mapped
    assert cuda.cudaHostGetDevicePointer(plain, 0)[0].name == 'cudaErrorInvalidValue'
    assert cuda.cudaGetDeviceProperties(0)[1].integrated == 1
    assert cuda.cudaHostAlloc(61, 0)[0].name == 'cudaErrorMemoryAllocation'


def test_what_is_not_given_back_is_found(cuda: ModuleType, call: Call) -> None:
    address = call('cudaMalloc', 8)
    event = call('cudaEventCreateWithFlags', 0)
    assert len(cuda._fake.live) == 2
    assert cuda._fake.allocations == 2
    call('cudaFree', address)
    call('cudaEventDestroy', event)
    assert cuda._fake.live == []
    assert cuda._fake.allocations == 2
    assert cuda._fake.misuses == []


@pytest.mark.parametrize(
    'misuse',
    [
        lambda cuda, piece, host, stream: cuda.cudaFree(piece + 1),
        lambda cuda, piece, host, stream: cuda.cudaFree(host),
        lambda cuda, piece, host, stream: cuda.cudaFreeHost(piece),
        lambda cuda, piece, host, stream: [cuda.cudaFree(piece), cuda.cudaFree(piece)][1],
        lambda cuda, piece, host, stream: cuda.cudaMemsetAsync(piece, 0, 9, stream),
        lambda cuda, piece, host, stream: cuda.cudaMemsetAsync(host, 0, 8, stream),
        lambda cuda, piece, host, stream: cuda.cudaMemcpyAsync(
            host, piece, 8, direction(cuda, 'HostToDevice'), stream
        ),
        lambda cuda, piece, host, stream: cuda.cudaMemcpyAsync(
            piece, host, 9, direction(cuda, 'HostToDevice'), stream
        ),
        lambda cuda, piece, host, stream: [
            cuda.cudaFree(piece),
            cuda.cudaMemsetAsync(piece, 0, 8, stream),
        ][1],
        lambda cuda, piece, host, stream: cuda.cudaStreamSynchronize(12345),
        lambda cuda, piece, host, stream: [
            cuda.cudaStreamDestroy(stream),
            cuda.cudaStreamSynchronize(stream),
        ][1],
        lambda cuda, piece, host, stream: cuda.cudaEventDestroy(stream),
        lambda cuda, piece, host, stream: cuda.cudaStreamEndCapture(stream),
    ],
)
def test_misuse_is_refused_and_kept(
    cuda: ModuleType, call: Call, stream: Any, misuse: Callable[..., Any]
) -> None:
    piece, host = call('cudaMalloc', 8), call('cudaHostAlloc', 8, 0)
    assert misuse(cuda, piece, host, stream)[0] != cuda.cudaError_t.cudaSuccess
    assert len(cuda._fake.misuses) == 1


def test_enums_and_numbers_are_checked(cuda: ModuleType, call: Call, stream: Any) -> None:
    piece, host = call('cudaMalloc', 8), call('cudaHostAlloc', 8, 0)
    with pytest.raises(AttributeError, match='value'):
        cuda.cudaMemcpyAsync(piece, host, 8, 1, stream)
    with pytest.raises(OverflowError):
        cuda.cudaMalloc(-1)
    with pytest.raises(TypeError, match='integer'):
        cuda.cudaMalloc('8')
    with pytest.raises(TypeError, match='Buffer Protocol'):
        cuda.cudaMemcpyAsync(piece, 'text', 4, direction(cuda, 'HostToDevice'), stream)
    with pytest.raises(TypeError, match='integer'):
        cuda.cudaStreamSynchronize('stream')


def test_a_function_fails_when_a_test_wants_it(cuda: ModuleType, call: Call) -> None:
    cuda._fake.fail('cudaMalloc', 'cudaErrorMemoryAllocation', after=1)
    call('cudaMalloc', 8)
    assert error_of(cuda, 'cudaMalloc', 8) == 'cudaErrorMemoryAllocation'
    call('cudaMalloc', 8)


def test_devices_are_described_and_selected() -> None:
    cuda = make_cuda_runtime(
        13, Gpu(count=2, name='Orin', compute_capability=(8, 7), memory_bytes=5, driver=13010)
    )
    assert cuda.cudaGetDeviceCount()[1] == 2
    assert cuda.cudaSetDevice(2)[0].name == 'cudaErrorInvalidDevice'
    assert cuda.cudaSetDevice(1)[0] == 0
    assert cuda.cudaGetDevice()[1] == 1
    found = cuda.cudaGetDeviceProperties(1)[1]
    assert (found.name, found.major, found.minor) == (b'Orin', 8, 7)
    assert found.totalGlobalMem == 5
    assert cuda.cudaDriverGetVersion()[1] == 13010
    with pytest.raises(AttributeError):
        found.clockRate  # noqa: B018 - gone in 13


def test_a_machine_without_a_gpu_has_errors_only() -> None:
    cuda = make_cuda_runtime(12, Gpu(count=0))
    for name, arguments in [('cudaGetDeviceCount', ()), ('cudaMalloc', (8,))]:
        error, none = getattr(cuda, name)(*arguments)
        assert (error.name, none) == ('cudaErrorNoDevice', None)
    said = cuda.cudaGetErrorString(cuda.cudaError_t.cudaErrorNoDevice)
    assert said == (0, b'no CUDA-capable device is detected')
    assert cuda.cudaGetErrorName(cuda.cudaError_t.cudaErrorNoDevice)[1] == b'cudaErrorNoDevice'


@pytest.mark.parametrize('major, release', [(12, '12.9.10'), (13, '13.0.3'), (13, '13.4.4')])
def test_newer_releases_return_errors_without_a_driver(major: int, release: str) -> None:
    cuda = make_cuda_runtime(major, Gpu(driver=0), release=release)
    assert cuda.cudaGetDeviceCount() == (cuda.cudaError_t.cudaErrorInsufficientDriver, None)
    assert cuda.cudaDriverGetVersion() == (cuda.cudaError_t.cudaSuccess, 0)
    assert str(cuda.cudaRuntimeGetVersion()[1]) in {'12090', '13000', '13040'}


def test_an_older_release_raises_without_a_driver() -> None:
    cuda = make_cuda_runtime(12, Gpu(driver=0), release='12.6.2.post1')
    with pytest.raises(RuntimeError, match='Failed to dlopen libcuda'):
        cuda.cudaGetDeviceCount()
    with pytest.raises(RuntimeError, match='"cuInit" not found'):
        cuda.cudaGetDeviceCount()
    with pytest.raises(RuntimeError, match='"cuDriverGetVersion" not found'):
        cuda.cudaDriverGetVersion()
    assert cuda.cudaRuntimeGetVersion()[1] == 12060
