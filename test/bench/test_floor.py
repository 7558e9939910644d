"""The least that a frame can cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.bench.floor import Floor, floor_of
from nitedr_ros.bench.rates import Rates

POSITIVE = st.floats(1e-6, 1e12, allow_nan=False)
MAYBE = st.none() | POSITIVE
RATE = st.none() | st.integers(1, 10**12)


def test_a_floor_that_can_be_worked_out_by_hand() -> None:
    # 4 bytes in and 6 bytes out a pixel; 10.4 GMAC.
    floor = floor_of(480, 640, 10.4, Rates(12.288e9, 18.432e9, 1.04e12))
    assert floor.copy_in == pytest.approx(1e-4)
    assert floor.copy_out == pytest.approx(1e-4)
    assert floor.compute == pytest.approx(1e-2)
    assert (floor.seconds, floor.limit) == (floor.compute, 'compute')
    assert floor.share(0.04) == pytest.approx(0.25)


def test_copies_can_be_the_limit() -> None:
    assert floor_of(480, 640, 0.001, Rates(1e9, 1e8, 1e12)).limit == 'copy out'
    assert floor_of(480, 640, 0.001, Rates(1e7, 1e8, 1e12)).limit == 'copy in'


@given(MAYBE, MAYBE, MAYBE)
def test_it_is_the_longest_part_and_known_only_as_a_whole(
    copy_in: float | None, copy_out: float | None, compute: float | None
) -> None:
    parts = [copy_in, copy_out, compute]
    floor = Floor(*parts)
    if None in parts:
        assert floor.seconds is floor.limit is floor.share(1.0) is None
    else:
        assert floor.seconds == max(parts)
        assert getattr(floor, floor.limit.replace(' ', '_')) == floor.seconds
        assert floor.share(floor.seconds) == pytest.approx(1.0)


@given(MAYBE, MAYBE, MAYBE, MAYBE)
def test_nothing_is_made_up_for_what_is_not_known(
    gmac: float | None, copy_in: float | None, copy_out: float | None, multiply: float | None
) -> None:
    floor = floor_of(8, 8, gmac, Rates(copy_in, copy_out, multiply))
    assert (floor.copy_in is None) == (copy_in is None)
    assert (floor.copy_out is None) == (copy_out is None)
    assert (floor.compute is None) == (gmac is None or multiply is None)


@given(st.lists(st.builds(Rates, RATE, RATE, RATE), min_size=1, max_size=5))
def test_the_best_rate_of_all_rounds_counts(rounds: list[Rates]) -> None:
    best = Rates()
    for each in rounds:
        best = best.best(each)
    for name in ('copy_in', 'copy_out', 'multiply'):
        known = [getattr(each, name) for each in rounds if getattr(each, name) is not None]
        assert getattr(best, name) == max(known, default=None)
