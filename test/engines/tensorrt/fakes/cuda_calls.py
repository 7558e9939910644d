"""Calls of the fake CUDA runtime, as tests make them."""

from __future__ import annotations

import ctypes
from types import ModuleType
from typing import Any

import numpy as np


def succeed(cuda: ModuleType, name: str, *arguments: Any) -> Any:
    """Call a function that must succeed, and return its results; one alone, not as a tuple."""
    error, *results = getattr(cuda, name)(*arguments)
    assert error == cuda.cudaError_t.cudaSuccess, f'{name}: {error!r}'
    return results[0] if len(results) == 1 else tuple(results)


def error_of(cuda: ModuleType, name: str, *arguments: Any) -> str:
    """Call a function and return the name of its error."""
    return str(getattr(cuda, name)(*arguments)[0].name)


def pinned(cuda: ModuleType, count: int) -> tuple[int, np.ndarray]:
    """Return the address of host memory that CUDA allocated, and its bytes."""
    address = succeed(cuda, 'cudaHostAlloc', count, 0)
    return address, np.frombuffer((ctypes.c_ubyte * count).from_address(address), np.uint8)


def direction(cuda: ModuleType, name: str) -> Any:
    """Return a member of cudaMemcpyKind, such as that for 'HostToDevice'."""
    return getattr(cuda.cudaMemcpyKind, f'cudaMemcpy{name}')


def mode(cuda: ModuleType, name: str) -> Any:
    """Return a member of cudaStreamCaptureMode, such as that for 'ThreadLocal'."""
    return getattr(cuda.cudaStreamCaptureMode, f'cudaStreamCaptureMode{name}')
