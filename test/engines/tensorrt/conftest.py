"""Stand-ins for TensorRT and CUDA, which keep to what NVIDIA has published of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nitedr_ros.engines.model import Model

# The fakes are modules of the tests, in no package that is installed.
sys.path.insert(0, str(Path(__file__).parent))
VERSIONS = sorted(
    path.stem.removeprefix('tensorrt-')
    for path in (Path(__file__).parent / 'published_api').glob('tensorrt-*.json')
)
# Each beside a CUDA of its time; both CUDAs are there, and that is as much as one machine has.
KINDS = [(version, 12 if version in ('8.6', '10.3') else 13) for version in VERSIONS]


@pytest.fixture(params=(12, 13))
def cuda(request: pytest.FixtureRequest) -> ModuleType:
    """The fake runtime of each major version of cuda-python."""
    from fakes.fake_cuda import make_cuda_runtime

    return make_cuda_runtime(request.param)


@pytest.fixture
def call(cuda: ModuleType) -> Callable[..., Any]:
    """Calls a function of the runtime that must succeed, and returns its results."""
    from fakes.cuda_calls import succeed

    return partial(succeed, cuda)


@pytest.fixture
def stream(cuda: ModuleType, call: Callable[..., Any]) -> Any:
    """A stream that waits for no other."""
    return call('cudaStreamCreateWithPriority', cuda.cudaStreamNonBlocking, -5)


@pytest.fixture(params=KINDS, ids='tensorrt-{0[0]}-cuda-{0[1]}'.format)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A machine with each TensorRT; at the end all memory must be given back."""
    yield from checked(tmp_path, *request.param)


@pytest.fixture(params=VERSIONS)
def trt_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """The same for what has nothing to do with cuda-python."""
    yield from checked(tmp_path, request.param, 13)


@pytest.fixture(params=(12, 13))
def cuda_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """The same for what has nothing to do with TensorRT."""
    yield from checked(tmp_path, '11.0', request.param)


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Any]:
    """The same for what has to do with neither."""
    yield from checked(tmp_path, '11.0', 13)


@pytest.fixture
def jetson(tmp_path: Path) -> Iterator[Any]:
    """One whose GPU shares the memory of the host."""
    from fakes.cuda_device import Gpu

    gpu = Gpu(name='Orin', compute_capability=(8, 7), integrated=True, driver=12_060)
    yield from checked(tmp_path, '10.3', 12, gpu)


def checked(tmp_path: Path, *kind: Any) -> Iterator[Any]:
    from machines import Machine

    version, major, *gpu = kind
    machine = Machine(version, major, tmp_path / 'plans', *gpu)
    yield machine
    machine.check()


@pytest.fixture
def model(tiny_model: Model) -> Model:
    """A model with graphs in fp32, fp16 and int8 that compute the same."""
    from machines import with_variants

    return with_variants(tiny_model)
