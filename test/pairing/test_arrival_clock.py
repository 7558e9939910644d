from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.pairing.arrival_clock import ArrivalClock


def test_a_small_step_back_holds_the_clock():
    clock = ArrivalClock(1000)
    assert [clock.read(t) for t in (100, 90, 95, 120)] == [100, 100, 100, 120]


def test_after_a_restart_time_runs_on():
    clock = ArrivalClock(1000)
    assert [clock.read(t) for t in (5000, 10, 40)] == [5000, 5000, 5030]
    assert clock.as_arrival(5030) == 40


@given(st.lists(st.integers(-(10**18), 10**18)))
def test_never_runs_back(arrivals):
    clock = ArrivalClock(1000)
    times = [clock.read(t) for t in arrivals]
    assert times == sorted(times)
