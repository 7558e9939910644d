"""Latency series: right percentiles, bounded memory."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.pipeline.latency import KEPT_SAMPLES, LatencySeries, StageClock


def test_summary_has_the_percentiles_of_all_samples() -> None:
    series = LatencySeries()
    for value in np.random.default_rng(1).permutation(1000):
        series.add(value / 1000)
    summary = series.summary()
    assert summary.count == 1000
    assert summary.p50_ms == pytest.approx(499.5, abs=0.1)
    assert summary.p99_ms == pytest.approx(989.0, abs=0.2)
    assert summary.max_ms == pytest.approx(999.0)


def test_memory_is_bounded_and_the_spread_kept() -> None:
    series = LatencySeries()
    count = 5 * KEPT_SAMPLES
    for index in range(count):
        series.add(index / count)
    kept = series.milliseconds()
    assert len(kept) <= KEPT_SAMPLES
    assert series.summary().count == count
    assert np.mean(kept) == pytest.approx(500, rel=0.01)
    assert kept == sorted(kept)


def test_an_empty_series_is_all_zero() -> None:
    assert set(LatencySeries().summary().as_dict().values()) == {0}


def test_a_block_that_raises_is_timed_too() -> None:
    clock = StageClock()
    with pytest.raises(KeyError), clock.measure('work'):
        raise KeyError
    assert clock.series['work'].count == 1


def test_of_the_recent_past_only_the_latest_count() -> None:
    series = LatencySeries(recent=4)
    for value in (9, 8, 1, 2, 3, 4):
        series.add(value / 1000)
    assert series.milliseconds() == pytest.approx([1, 2, 3, 4])
    summary = series.summary()
    assert summary.count == 6
    assert summary.p50_ms == pytest.approx(2.5)
    assert summary.max_ms == pytest.approx(4)
    few = LatencySeries(recent=4)
    few.add(0.002)
    few.add(0.001)
    assert few.milliseconds() == pytest.approx([2, 1])
