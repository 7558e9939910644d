"""Energy, where this machine can tell it."""

from __future__ import annotations

from nitedr_ros.bench.combination import Device
from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.bench.tegrastats import Tegrastats


class EnergyMeter:
    """Tells the energy used so far: of the whole module on a Jetson, else of the whole GPU."""

    def __init__(self, nvml: Nvml | None, tegrastats: Tegrastats | None) -> None:
        """Use of both what is there; a module's energy has its GPU's in it."""
        self._nvml = nvml
        self._tegrastats = tegrastats

    @classmethod
    def find(cls, nvml: Nvml | None) -> EnergyMeter:
        """Return what this machine has, which may be nothing."""
        return cls(nvml, Tegrastats.find())

    def source(self, device: Device) -> str | None:
        """Return what tells the energy of work on a device; None where nothing does."""
        if self._tegrastats is not None:
            return 'tegrastats, whole module'
        if self._nvml is not None and device == 'gpu' and self._nvml.joules() is not None:
            return 'NVML, whole GPU'
        return None

    def joules(self, device: Device) -> float | None:
        """Return the energy used so far where `source` names one, else None."""
        if self._tegrastats is not None:
            return self._tegrastats.joules()
        return self._nvml.joules() if self._nvml is not None and device == 'gpu' else None

    def close(self) -> None:
        """End what runs beside."""
        if self._tegrastats is not None:
            self._tegrastats.close()
