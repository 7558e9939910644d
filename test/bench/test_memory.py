"""What grows shows."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.bench import memory
from nitedr_ros.bench.memory import measured_growth

MIB = 2**20
on_linux = pytest.mark.skipif(sys.platform != 'linux', reason='read from /proc')


@on_linux
def test_what_is_kept_and_what_was_used_on_the_way() -> None:
    with measured_growth() as growth:
        kept = np.ones(64 * MIB, np.uint8)
        passing = np.ones(96 * MIB, np.uint8)
        del passing
    assert kept[-1] == 1
    assert 60 * MIB < growth.held < 80 * MIB
    assert 150 * MIB < growth.peak < 190 * MIB
    assert growth.gpu is None


@on_linux
def test_an_earlier_peak_is_not_this_ones() -> None:
    before = np.ones(128 * MIB, np.uint8)
    del before
    with measured_growth() as growth:
        kept = np.ones(16 * MIB, np.uint8)
    assert kept[-1] == 1
    assert growth.peak < 64 * MIB


def test_a_system_that_tells_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, '_STATUS', tmp_path / 'none')
    monkeypatch.setattr(memory, '_PEAK_RESET', tmp_path / 'no' / 'folder')
    with measured_growth() as growth:
        pass
    assert (growth.held, growth.peak, growth.gpu) == (None, None, None)


def test_the_gpu_is_asked_before_and_after() -> None:
    held = iter([100, 350])
    with measured_growth(SimpleNamespace(held_bytes=lambda: next(held))) as growth:
        pass
    assert growth.gpu == 250
