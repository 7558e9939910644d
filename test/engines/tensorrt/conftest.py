"""Stand-ins for TensorRT and CUDA, which keep to what NVIDIA has published of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# The fakes are modules of the tests, in no package that is installed.
sys.path.insert(0, str(Path(__file__).parent))


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
