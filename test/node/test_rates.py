"""Rates from counts."""

from __future__ import annotations

import pytest

from nitedr_ros.node.rates import RateMeter

SECOND = 1_000_000_000


def test_the_rate_is_that_between_two_looks() -> None:
    meter = RateMeter()
    assert meter.read(100, 5 * SECOND) == 0.0
    assert meter.read(130, 6 * SECOND) == pytest.approx(30.0)
    assert meter.read(145, 8 * SECOND) == pytest.approx(7.5)
    assert meter.read(145, 9 * SECOND) == 0.0


def test_a_count_that_begins_anew_gives_no_negative_rate() -> None:
    meter = RateMeter()
    meter.read(100, SECOND)
    assert meter.read(3, 2 * SECOND) == 0.0
    assert meter.read(13, 3 * SECOND) == pytest.approx(10.0)


def test_two_looks_at_one_moment_divide_by_nothing() -> None:
    meter = RateMeter()
    meter.read(100, SECOND)
    assert meter.read(110, SECOND) == 0.0
