"""What of the vehicle's hardware decides which engines are worth trying."""

from __future__ import annotations

from pathlib import Path

_JETSON = Path('/etc/nv_tegra_release')
_GPU = Path('/dev/nvidia0')


def nvidia_gpu() -> str:
    """Return what kind of NVIDIA GPU there is, in words; '' for none."""
    if _JETSON.exists():
        return 'NVIDIA Jetson'
    return 'NVIDIA GPU' if _GPU.exists() else ''
