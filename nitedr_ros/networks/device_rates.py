"""How fast a GPU copies and multiplies, measured by torch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from nitedr_ros.bench.rates import Rates

_COPIED = 64 * 2**20
"""Bytes."""
_SIDE = 4096
"""Of the matrices that are multiplied."""
_LEAST = 3
"""Tries; the fastest one counts."""
_TYPES = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def probes_of(device: int) -> Callable[[str], GpuProbe] | None:
    """Return what makes the probe of a GPU for a precision; None where torch finds no such GPU."""
    if not torch.cuda.is_available() or device >= torch.cuda.device_count():
        return None
    return lambda precision: GpuProbe(precision, device)


class GpuProbe:
    """One GPU in one precision; fp32 without TF32, as the engines compute."""

    def __init__(self, precision: str, device: int) -> None:
        """precision: others than fp32, bf16, fp16 are not known. device: index of the GPU."""
        self._device = torch.device('cuda', device)
        self._host = torch.zeros(_COPIED, dtype=torch.uint8, pin_memory=True)
        self._there = self._host.to(self._device)
        kind = _TYPES.get(precision)
        self._factor = (
            None
            if kind is None
            else torch.ones(_SIDE, _SIDE, dtype=kind, device=self._device) / _SIDE
        )

    def measure(self, seconds: float) -> Rates:
        """Return the best of the tries of so long for each rate."""
        into = self._fastest(lambda: self._there.copy_(self._host, non_blocking=True), seconds)
        back = self._fastest(lambda: self._host.copy_(self._there, non_blocking=True), seconds)
        multiply = None
        factor = self._factor
        if factor is not None:
            before = torch.backends.cuda.matmul.allow_tf32
            torch.backends.cuda.matmul.allow_tf32 = False
            try:
                multiply = _SIDE**3 / self._fastest(lambda: factor @ factor, seconds)
            finally:
                torch.backends.cuda.matmul.allow_tf32 = before
        return Rates(_COPIED / into, _COPIED / back, multiply)

    def _fastest(self, work: Callable[[], object], seconds: float) -> float:
        """Return the seconds of the fastest of the runs of so long, by the GPU's own clock."""
        found: list[float] = []
        limit = time.perf_counter() + seconds
        while len(found) < _LEAST or time.perf_counter() < limit:
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            with torch.cuda.device(self._device):
                start.record()
                work()
                end.record()
            end.synchronize()
            found.append(start.elapsed_time(end) / 1e3)
        return min(found)
