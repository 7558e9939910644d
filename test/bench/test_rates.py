"""The machine's own rates."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.bench import rates
from nitedr_ros.bench.rates import CpuProbe


@pytest.mark.parametrize('installed', [None, object()])
def test_a_cpu_copies_and_multiplies(monkeypatch: pytest.MonkeyPatch, installed: object) -> None:
    if installed is not None:
        pytest.importorskip('openvino')
    monkeypatch.setattr(rates, 'find_spec', lambda name: installed)
    found = CpuProbe('fp32', threads=1).measure(0.01)
    # Between what the smallest board does and what no machine does.
    assert 1e7 < found.copy_in < 1e13
    assert found.copy_out == found.copy_in
    assert 1e7 < found.multiply < 1e15


def test_a_precision_that_can_not_be_had_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CpuProbe('int8').measure(0.01).multiply is None
    monkeypatch.setattr(rates, 'find_spec', lambda name: None)
    assert CpuProbe('bf16').measure(0.01).multiply is None


def test_the_fastest_try_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 0.0, 3.0, 3.0, 4.0, 4.0, 6.0, 6.0])
    monkeypatch.setattr(rates.time, 'perf_counter', lambda: next(ticks))
    assert rates._fastest(lambda: None, 0.0) == 1.0


def test_products_neither_grow_nor_vanish() -> None:
    values = np.ones((rates._SIDE, rates._SIDE), np.float32)
    for _ in range(rates._PRODUCTS):
        values = values @ rates._factor()
    assert 0.1 < float(values.std()) < 10
