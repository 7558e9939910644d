"""NVIDIA's management library, where pynvml is installed and there is a GPU that it knows."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


class Nvml:
    """One GPU: its name, what this process holds of its memory, and the energy it has used."""

    def __init__(self, library: Any, index: int) -> None:
        """library: pynvml, initialised. index: of the GPU. Raises what the library raises."""
        self._library = library
        self._handle = library.nvmlDeviceGetHandleByIndex(index)
        name = library.nvmlDeviceGetName(self._handle)
        self.name = name.decode() if isinstance(name, bytes) else str(name)
        driver = library.nvmlSystemGetDriverVersion()
        self.driver = driver.decode() if isinstance(driver, bytes) else str(driver)

    @classmethod
    def find(cls, index: int = 0) -> Nvml | None:
        """Return the GPU of that index; None without pynvml, driver or GPU."""
        try:
            library = import_module('pynvml')
        except ImportError:
            return None
        try:
            library.nvmlInit()
            return cls(library, index)
        except library.NVMLError:
            return None

    def held_bytes(self) -> int | None:
        """Return the GPU memory that this process holds; None where it can't be told."""
        try:
            running = self._library.nvmlDeviceGetComputeRunningProcesses(self._handle)
        except self._library.NVMLError:
            return None
        held = [process.usedGpuMemory for process in running if process.pid == os.getpid()]
        if None in held:
            return None
        return sum(map(int, held))

    def joules(self) -> float | None:
        """Return the energy that the whole GPU has used since its driver was loaded, or None."""
        try:
            return float(self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / 1e3
        except self._library.NVMLError:
            return None
