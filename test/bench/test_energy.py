"""Energy by NVML and by tegrastats, both played."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from nitedr_ros.bench.energy import EnergyMeter
from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.bench.tegrastats import Tegrastats, watts_in

ORIN = (
    '11-25-2026 08:00:00 RAM 3000/62000MB (lfb 4x4MB) CPU [1%@729,off] GR3D_FREQ 0% '
    'tj@45C VDD_GPU_SOC 3200mW/3200mW VDD_CPU_CV 400mW/400mW VIN_SYS_5V0 12500mW/12000mW'
)
XAVIER = 'RAM 1/2MB GR3D_FREQ 0% VDD_IN 5032/4900 VDD_CPU_GPU_CV 800/800'


class NoGpuError(Exception):
    """Stands for NVMLError."""


def library(**changes: object) -> SimpleNamespace:
    """A pynvml with one GPU, on which this process and another one run."""
    processes = [
        SimpleNamespace(pid=os.getpid(), usedGpuMemory=300),
        SimpleNamespace(pid=1, usedGpuMemory=9000),
    ]
    functions = {
        'NVMLError': NoGpuError,
        'nvmlInit': lambda: None,
        'nvmlDeviceGetHandleByIndex': lambda index: index,
        'nvmlDeviceGetName': lambda handle: b'Orion 3000',
        'nvmlSystemGetDriverVersion': lambda: '580.1',
        'nvmlDeviceGetComputeRunningProcesses': lambda handle: processes,
        'nvmlDeviceGetTotalEnergyConsumption': lambda handle: 12_500,
    }
    return SimpleNamespace(**{**functions, **changes})


def refuse(*_: object) -> None:
    raise NoGpuError


@pytest.mark.parametrize(
    'line, watts', [(ORIN, 12.5), (XAVIER, 5.032), ('RAM 1/2MB', None), ('VDD_IN', None)]
)
def test_power_of_the_whole_module(line: str, watts: float | None) -> None:
    assert watts_in(line) == watts


def test_tegrastats_adds_up_power_over_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / 'tegrastats'
    program.write_text(
        f'#!{sys.executable}\nimport time\n'
        'while True:\n    print("VDD_IN 10000mW/10000mW", flush=True)\n    time.sleep(0.01)\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    start = time.perf_counter()
    tool = Tegrastats.find()
    assert tool is not None
    while tool.joules() < 1.0:
        assert time.perf_counter() < start + 60, 'no power was read'
        time.sleep(0.01)
    joules, seconds = tool.joules(), time.perf_counter() - start
    tool.close()
    # 10 W: a joule takes a tenth of a second, and never more than all the time there was.
    assert 1.0 <= joules <= 10.0 * seconds
    assert tool.joules() >= joules


def test_a_board_tells_the_energy_of_all_work() -> None:
    meter = EnergyMeter(None, SimpleNamespace(joules=lambda: 7.0))
    assert meter.joules('cpu') == meter.joules('gpu') == 7.0
    assert meter.source('cpu') == 'tegrastats, whole module'


def test_nvml_tells_that_of_work_on_the_gpu_only() -> None:
    meter = EnergyMeter(Nvml(library(), 0), None)
    assert meter.joules('gpu') == 12.5
    assert meter.source('gpu') == 'NVML, whole GPU'
    assert meter.joules('cpu') is meter.source('cpu') is None


def test_without_meters_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    meter = EnergyMeter.find(None)
    assert meter.joules('gpu') is meter.source('gpu') is meter.source('cpu') is None
    meter.close()


def test_nvml_counts_this_process_alone() -> None:
    gpu = Nvml(library(), 0)
    assert (gpu.name, gpu.driver, gpu.held_bytes()) == ('Orion 3000', '580.1', 300)


def test_what_nvml_does_not_tell_is_not_known() -> None:
    old = Nvml(
        library(
            nvmlDeviceGetTotalEnergyConsumption=refuse,
            nvmlDeviceGetComputeRunningProcesses=refuse,
        ),
        0,
    )
    assert old.joules() is old.held_bytes() is None
    assert EnergyMeter(old, None).source('gpu') is None
    hidden = [SimpleNamespace(pid=os.getpid(), usedGpuMemory=None)]
    container = Nvml(library(nvmlDeviceGetComputeRunningProcesses=lambda handle: hidden), 0)
    assert container.held_bytes() is None


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pynvml', library(nvmlInit=refuse))
    assert Nvml.find() is None
    monkeypatch.setitem(sys.modules, 'pynvml', None)
    assert Nvml.find() is None
    monkeypatch.setitem(sys.modules, 'pynvml', library())
    assert Nvml.find().name == 'Orion 3000'
