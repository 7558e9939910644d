from __future__ import annotations

from nitedr_ros.pairing.period import PeriodEstimate


def estimate(*periods: int) -> PeriodEstimate:
    period = PeriodEstimate()
    period.add(None, 7)
    for one in periods:
        period.add(one, 5)
    return period


def test_three_periods_make_an_estimate():
    assert not estimate(100, 100).known
    assert estimate(100, 100, 100).known


def test_dropped_frames_change_neither_period_nor_margin():
    period = estimate(100, 100, 300, 101, 200, 100, 99)
    assert (period.period_ns, period.margin_ns) == (100, 5)


def test_margin_is_twice_the_largest_deviation_up_to_half_a_period():
    assert estimate(100, 110, 100, 95).margin_ns == 20
    assert estimate(100, 140, 100, 60, 100).margin_ns == 50


def test_least_latency_is_of_recent_frames():
    period = estimate(*[100] * 20)
    assert period.least_latency_ns == 5
    period.add(100, 3)
    assert period.least_latency_ns == 3


def test_old_periods_are_forgotten():
    assert estimate(*[100] * 16, *[50] * 16).period_ns == 50


def test_reset_forgets_everything():
    period = estimate(100, 100, 100)
    period.reset()
    assert not period.known
