"""What an engine holds in memory."""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nitedr_ros.bench.nvml import Nvml

_STATUS = Path('/proc/self/status')
_PEAK_RESET = Path('/proc/self/clear_refs')
_RESET = '5'
"""What, written there, makes Linux begin anew with the peak."""


@dataclass
class Growth:
    """By how much the process grew, bytes; None where this system can't tell.

    held: resident afterwards. peak: resident at most on the way. gpu: of GPU memory, by NVML.
    Memory that the process had taken before and uses again is in none of them.
    """

    held: int | None = None
    peak: int | None = None
    gpu: int | None = None


@contextmanager
def measured_growth(nvml: Nvml | None = None) -> Iterator[Growth]:
    """Measure the growth from the beginning of the block to its end."""
    growth = Growth()
    _release()
    before, gpu_before = _status('VmRSS'), _gpu(nvml)
    can_peak = _reset_peak()
    yield growth
    peak = _status('VmHWM') if can_peak else None
    _release()
    growth.held = _difference(_status('VmRSS'), before)
    growth.peak = _difference(peak, before)
    growth.gpu = _difference(_gpu(nvml), gpu_before)


def _release() -> None:
    """Give freed memory back, so that what is used again later shows as growth."""
    gc.collect()
    with suppress(OSError, AttributeError):
        # Of glibc; other libraries give memory back by themselves.
        ctypes.CDLL(None).malloc_trim(0)


def _status(name: str) -> int | None:
    try:
        found = re.search(rf'^{name}:\s+(\d+) kB$', _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return None if found is None else int(found.group(1)) * 1024


def _reset_peak() -> bool:
    try:
        _PEAK_RESET.write_text(_RESET)
    except OSError:
        return False
    return True


def _gpu(nvml: Nvml | None) -> int | None:
    return None if nvml is None else nvml.held_bytes()


def _difference(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else max(0, after - before)
