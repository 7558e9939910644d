"""What of the vehicle's hardware decides which engines are worth trying."""

from __future__ import annotations

import re
from pathlib import Path

_JETSON = Path('/etc/nv_tegra_release')
_GPU = Path('/dev/nvidia0')
_DRIVER = Path('/proc/driver/nvidia/version')


def nvidia_gpu() -> str:
    """Return what kind of NVIDIA GPU there is, in words; '' for none."""
    if _JETSON.exists():
        return 'NVIDIA Jetson'
    return 'NVIDIA GPU' if _GPU.exists() else ''


def nvidia_driver() -> str:
    """Return the version of NVIDIA's kernel driver, such as 560.35.03; '' where it isn't told."""
    try:
        told = _DRIVER.read_text('utf-8')
    except (OSError, UnicodeDecodeError):
        return ''
    found = re.search(r'\s(\d+\.\d+(?:\.\d+)*)\s', told)
    return '' if found is None else found.group(1)
