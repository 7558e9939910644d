"""What is said of the machine."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

from nitedr_ros import __version__
from nitedr_ros.bench.machine import busy_note, machine


def test_it_is_named_with_versions_and_date() -> None:
    found = machine(SimpleNamespace(name='Orion 3000', driver='580.1'))
    assert found['cpu']
    assert found['cores'] >= 1
    assert (found['gpu'], found['gpu_driver']) == ('Orion 3000', '580.1')
    assert found['versions']['nitedr_ros'] == __version__
    assert {'python', 'numpy', 'onnxruntime'} <= found['versions'].keys()
    assert datetime.fromisoformat(found['date']).tzinfo is not None


def test_without_nvml_no_gpu_is_named() -> None:
    assert machine(None)['gpu'] is None


def test_a_busy_machine_is_told_of() -> None:
    assert busy_note(None, 2) is busy_note(0.5, 2) is None
    assert '1.7 programs wanted its 2 cores' in busy_note(1.7, 2)
