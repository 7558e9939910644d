"""Pairs against true times, checked by trying all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.replay.score_pairing import PairingScore

MS = 1_000_000
START = 1_700_000_000_000_000_000


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    visible_clock=st.integers(-(10**18), 10**15),
    thermal_clock=st.integers(-(10**18), 10**15),
    correction=st.integers(-50, 50),
)
def test_figures_agree_with_trying_all(
    seed: int, visible_clock: int, thermal_clock: int, correction: int
) -> None:
    rng = np.random.default_rng(seed)
    visible = START + MS * rng.choice(3000, 40, replace=False)
    thermal = START + MS * rng.choice(3000, 12, replace=False)
    score = PairingScore()
    for sensor, times, clock in (
        (Sensor.THERMAL, thermal, thermal_clock),
        (Sensor.VISIBLE, visible, visible_clock),
    ):
        for time in times.tolist():
            score.add_time(sensor, time + clock, time)
    skews, best, missed = [], [], 0
    offset = thermal_clock - visible_clock
    for time in visible[:30].tolist():
        partner = int(rng.choice(thermal))
        stated = partner - time + correction * MS
        score.add_pair(time + visible_clock, partner + thermal_clock, stated)
        skews.append(abs(partner - time) / MS)
        best.append(np.abs(thermal - time).min() / MS)
        missed += skews[-1] > best[-1]
    found = score.scores()
    assert found is not None
    assert found['pairs'] == 30
    assert found['true_skew_ms']['mean'] == pytest.approx(np.mean(skews), abs=1e-3)
    assert found['true_skew_ms']['max'] == max(skews)
    assert found['best_possible_ms']['mean'] == pytest.approx(np.mean(best), abs=1e-3)
    assert found['not_nearest'] == missed
    assert found['clock_offset_ms'] == pytest.approx(offset / MS, rel=1e-12, abs=1e-3)
    assert found['corrected_clock_offset_ms'] == pytest.approx(correction, abs=1e-3)


def test_pairs_of_unknown_frames_are_left_out() -> None:
    score = PairingScore()
    score.add_pair(START, START + 3 * MS, 3 * MS)
    assert score.scores() is None
    score.add_time(Sensor.VISIBLE, START, START)
    assert score.scores() is None
    score.add_time(Sensor.THERMAL, START + 3 * MS, START + 5 * MS)
    score.add_pair(START + 33 * MS, START + 3 * MS, -30 * MS)
    found = score.scores()
    assert found is not None
    assert (found['pairs'], found['true_skew_ms']['max']) == (1, 5.0)
    skews = score.true_skews_ns(np.array([START, START + 1]), np.full(2, START + 3 * MS))
    np.testing.assert_array_equal(skews, [5.0 * MS, np.nan])


def test_of_frames_with_one_stamp_the_first_is_meant() -> None:
    score = PairingScore()
    score.add_time(Sensor.VISIBLE, START, START)
    score.add_time(Sensor.VISIBLE, START, START + 33 * MS)
    score.add_time(Sensor.THERMAL, START, START + MS)
    assert score.true_skews_ns(np.array([START]), np.array([START])) == [MS]
