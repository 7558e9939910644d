"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.replay.report import versions

_CPUINFO = Path('/proc/cpuinfo')
_DEVICE_TREE = Path('/proc/device-tree/model')
_JETSON = Path('/etc/nv_tegra_release')
_OTHERS = ('onnx', 'tensorrt', 'cuda-python', 'torch', 'onnxruntime-gpu', 'pynvml')
BUSY = 0.3
"""Share of the cores that others may use before a note says so."""


def machine(nvml: Nvml | None) -> dict[str, Any]:
    """Return names and versions of hardware and software as plain data, and how busy it is now."""
    return {
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'cpu': _cpu_name(),
        'cores': usable_cores(),
        'load': load(),
        'gpu': None if nvml is None else nvml.name,
        'gpu_driver': None if nvml is None else nvml.driver,
        'board': _first_line(_DEVICE_TREE),
        'jetpack': _first_line(_JETSON),
        'system': platform.platform(),
        'versions': {**versions(), **_other_versions()},
    }


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float | None:
    """Return how many programs wanted a core in the last minute, on average; None if not told."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def busy_note(load_before: float | None, cores: int) -> str | None:
    """Return what to say where other programs had kept the cores busy; None where they hadn't."""
    if load_before is None or load_before <= BUSY * cores:
        return None
    return (
        f'the machine was busy before: {load_before:g} programs wanted its {cores} cores; figures '
        f'are slower than on an idle one, ratios are of the same run'
    )


def _cpu_name() -> str:
    try:
        found = re.search(r'^model name\s*:\s*(.+)$', _CPUINFO.read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text('utf-8', 'replace').rstrip('\0\n').splitlines()[0]
    except (OSError, IndexError):
        return None


def _other_versions() -> dict[str, str]:
    found = {}
    for name in _OTHERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
