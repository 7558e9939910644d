"""One CUDA device: whether there is one, and what it is."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fakes.cuda_device import Gpu
from fakes.fake_cuda import make_cuda_runtime
from machines import Machine

from nitedr_ros.engines.plans import key
from nitedr_ros.engines.tensorrt import cuda as cuda_module
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.errors import EngineError

RELEASES = [(12, '12.6.2.post1'), (12, '12.9.10'), (13, '13.0.3'), (13, '13.4.4')]


def install(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    """Let imports find these modules, '__' in their names for dots, or raise these errors."""

    def import_module(name: str) -> Any:
        found = modules.get(name.replace('.', '__'), ModuleNotFoundError(name))
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(cuda_module, 'import_module', import_module)


@pytest.mark.parametrize('driver', ['', '560.35.03'])
def test_says_what_the_gpu_is(
    cuda_machine: Machine, monkeypatch: pytest.MonkeyPatch, driver: str
) -> None:
    monkeypatch.setattr('nitedr_ros.engines.tensorrt.cuda.nvidia_driver', lambda: driver)
    cuda = cuda_machine.cuda()
    name = 'NVIDIA Fake 1000, 16 multiprocessors'
    assert cuda.gpu == key.Gpu(name, '8.7', f'13000 {driver}'.strip())
    assert not cuda.unified
    free, total = cuda.free_and_total()
    assert free == total == 2 << 30
    buffer = cuda.shared_buffer(1000)
    assert cuda.free_and_total() == (total - 1000, total)
    buffer.close()


@pytest.mark.parametrize('place', ['cuda__bindings__runtime', 'cuda__cudart'])
def test_takes_the_cuda_python_that_is_there(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    runtime = make_cuda_runtime(12)
    install(monkeypatch, **{place: runtime})
    assert Cuda.load().runtime is runtime


def test_prefers_the_newer_place(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = make_cuda_runtime(13)
    install(monkeypatch, cuda__bindings__runtime=newer, cuda__cudart=make_cuda_runtime(12))
    assert Cuda.load().runtime is newer


@pytest.mark.parametrize(
    'modules, told',
    [
        ({}, 'expected cuda-python for TensorRT, it is missing: pip install cuda-python'),
        (
            {'cuda__bindings__runtime': ImportError('libcudart.so.13:\n cannot open')},
            'cuda-python can not be loaded: libcudart.so.13: cannot open',
        ),
    ],
)
def test_without_a_cuda_python_that_loads_it_says_so(
    monkeypatch: pytest.MonkeyPatch, modules: dict[str, Any], told: str
) -> None:
    install(monkeypatch, **modules)
    with pytest.raises(EngineError) as caught:
        Cuda.load()
    assert str(caught.value) == told


@pytest.mark.parametrize('major, release', RELEASES)
def test_without_a_driver_it_says_where_to_look(major: int, release: str) -> None:
    runtime = make_cuda_runtime(major, Gpu(driver=0), release=release)
    for _ in range(2):
        # Some releases say something else from the second time on.
        with pytest.raises(EngineError, match='check the driver with nvidia-smi') as caught:
            Cuda(runtime)
        assert '\n' not in str(caught.value)


def test_without_a_gpu_it_says_where_to_look(cuda_machine: Machine) -> None:
    with pytest.raises(EngineError, match=r'cudaErrorNoDevice.*nvidia-smi'):
        cuda_machine.restarted(count=0).cuda()


@pytest.mark.parametrize('device', [-1, 2])
def test_a_gpu_that_is_not_there_is_refused(newest: Machine, device: int) -> None:
    two = newest.restarted(count=2)
    with pytest.raises(EngineError, match=f'index {device}, CUDA finds 2: set engine.device'):
        Cuda(two.runtime, device)


def test_each_thread_selects_the_gpu_for_itself(newest: Machine) -> None:
    device = newest.restarted(count=2).runtime
    cuda = Cuda(device, 1)
    found = []

    def look() -> None:
        found.append(cuda.call('cudaGetDevice'))
        cuda.select()
        found.append(cuda.call('cudaGetDevice'))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [0, 1]
    assert cuda.call('cudaGetDevice') == 1
