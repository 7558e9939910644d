"""How fast this machine copies and multiplies: what no engine can be faster than."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

_COPIED = 16 * 2**20
"""Bytes."""
_SIDE = 512
"""Of the matrices that are multiplied: a product is over before another program has its turn."""
_PRODUCTS = 4
_LEAST = 3
"""Tries; the fastest one counts, as it was disturbed the least."""


@dataclass(frozen=True)
class Rates:
    """The best seen of a device; None where it is not known.

    copy_in, copy_out: bytes a second to where the networks read and from where they write.
    multiply: multiply-accumulates a second, in one precision.
    """

    copy_in: float | None = None
    copy_out: float | None = None
    multiply: float | None = None

    def best(self, other: Rates) -> Rates:
        """Return the better of both, each by itself."""
        return Rates(
            _best(self.copy_in, other.copy_in),
            _best(self.copy_out, other.copy_out),
            _best(self.multiply, other.multiply),
        )


class RateProbe(Protocol):
    """Measures the rates of one device in one precision."""

    def measure(self, seconds: float) -> Rates:
        """Return the best of the tries of so long for each rate."""


class CpuProbe:
    """This machine's CPU: large copies, and products of large matrices."""

    def __init__(self, precision: str, threads: int = 0) -> None:
        """precision: others than fp32 and bf16 are not known. threads: 0 for the runtime's."""
        self._source = np.zeros(_COPIED, np.uint8)
        self._target = np.zeros(_COPIED, np.uint8)
        self._multiply = _multiplication(precision, threads)
        if self._multiply is not None:
            self._multiply()

    def measure(self, seconds: float) -> Rates:
        """Return the best of the tries of so long for each rate."""
        copy = _COPIED / _fastest(lambda: np.copyto(self._target, self._source), seconds)
        if self._multiply is None:
            return Rates(copy, copy)
        return Rates(copy, copy, _PRODUCTS * _SIDE**3 / _fastest(self._multiply, seconds))


def _multiplication(precision: str, threads: int) -> Callable[[], object] | None:
    """Return what multiplies _PRODUCTS times in a precision; None where that can't be had."""
    if precision not in ('fp32', 'bf16'):
        return None
    if find_spec('openvino') is not None:
        return _by_openvino({'fp32': 'f32', 'bf16': 'bf16'}[precision], threads)
    if precision != 'fp32':
        return None
    factor = _factor()
    start = np.ones((_SIDE, _SIDE), np.float32)

    def multiply() -> None:
        product = start
        for _ in range(_PRODUCTS):
            product = product @ factor

    return multiply


def _by_openvino(precision: str, threads: int) -> Callable[[], object]:
    # Imported here since not every machine has it.
    import openvino  # noqa: PLC0415
    import openvino.opset13 as operations  # noqa: PLC0415

    start = operations.parameter([_SIDE, _SIDE], np.float32, name='start')
    product: Any = start
    for _ in range(_PRODUCTS):
        product = operations.matmul(product, operations.constant(_factor()), False, False)
    graph = openvino.Model([product], [start], 'products')
    settings: dict[str, object] = {
        'PERFORMANCE_HINT': 'LATENCY',
        'INFERENCE_PRECISION_HINT': precision,
    }
    if threads:
        settings['INFERENCE_NUM_THREADS'] = threads
    request = openvino.Core().compile_model(graph, 'CPU', settings).create_infer_request()
    values = np.ones((_SIDE, _SIDE), np.float32)
    return lambda: request.infer([values], share_inputs=True)


def _factor() -> Any:
    """Return a matrix whose products stay in range."""
    values = np.random.default_rng(1).standard_normal((_SIDE, _SIDE))
    return (values / _SIDE**0.5).astype(np.float32)


def _fastest(work: Callable[[], object], seconds: float) -> float:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < _LEAST or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _best(first: float | None, second: float | None) -> float | None:
    known = [rate for rate in (first, second) if rate is not None]
    return max(known, default=None)
