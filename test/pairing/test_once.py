"""Each frame once, least skew overall; wait 20, skew 50 ms by default."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.pairing.assignment import best_pairs, gain_ns
from nitedr_ros.pairing.sensor import Sensor

LIMIT_NS = 50_000_000


def total_gain(sets) -> int:
    return sum(gain_ns(s.skew_ns, LIMIT_NS) for s in sets)


def optimum_gain(events) -> int:
    visible, thermal = (
        [round(stamp * 1e6) for which, stamp, _, _ in events if which is sensor]
        for sensor in (Sensor.VISIBLE, Sensor.THERMAL)
    )
    pairs = best_pairs(visible, thermal, LIMIT_NS)
    return sum(gain_ns(thermal[j] - visible[i], LIMIT_NS) for i, j in pairs)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    visible_hz=st.floats(10, 60),
    ratio=st.floats(2, 6),
    latency_ms=st.tuples(st.floats(0, 80), st.floats(0, 80)),
    latency_jitter_ms=st.floats(0, 20),
    jitter=st.floats(0, 0.12),
)
def test_equals_the_optimum_if_it_may_wait(drive, record, seed, visible_hz, ratio, **kwargs):
    events = record(3, rates=(visible_hz, visible_hz / ratio), seed=seed, **kwargs)
    one = drive(use_once=True, wait_ms=5000, lost_after_ms=5000, queue_size=512)
    one.play(events).flush()
    tolerance = len(events)  # stamps are rounded to nanoseconds
    assert total_gain(one.pairs) == pytest.approx(optimum_gain(events), abs=tolerance)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), rates=st.tuples(st.floats(5, 40), st.floats(5, 40)))
def test_equals_the_optimum_at_any_rates_if_it_may_wait(drive, record, seed, rates):
    events = record(3, rates=rates, seed=seed)
    one = drive(use_once=True, wait_ms=5000, lost_after_ms=5000, queue_size=512)
    one.play(events).flush()
    assert total_gain(one.pairs) == pytest.approx(optimum_gain(events), abs=len(events))


def test_is_near_the_optimum_with_the_usual_wait(drive, record):
    for seed in range(5):
        events = record(20, seed=seed)
        one = drive(use_once=True).play(events).flush()
        assert total_gain(one.pairs) > 0.9 * optimum_gain(events)


def test_the_nearest_of_several_visible_frames_gets_the_thermal_frame(drive):
    one = drive(use_once=True, wait_ms=100)
    one.visible(70).thermal(100).visible(103).visible(136).visible(169)
    one.advance(300)
    assert one.out == [(103, 100)]
    assert one.sets[0].skew_ns == -3_000_000
    assert one.reasons[0] == ('visible', 70, 'no_partner')


def test_a_partner_at_hand_at_the_deadline_is_taken(drive):
    one = drive(use_once=True).visible(80).thermal(99).advance(100)
    assert one.out == [(80, 99)]
    assert one.sets[0].waited_ns == 20_000_000


def test_does_not_wait_where_no_later_frame_could_do_better(drive):
    one = drive(use_once=True)
    for k in range(20):
        one.visible(33 * k)
        if k % 4 == 0:
            one.thermal(33 * k + 3)
    assert [s.waited_ns for s in one.pairs][-1] == 3_000_000
    assert len(one.pairs) == 5


def test_drops_say_why(drive):
    one = drive(use_once=True, wait_ms=0).thermal(100).visible(110)
    assert one.out == [(110, 100)]
    one.visible(140).visible(200)
    assert one.reasons == [('visible', 140, 'no_partner'), ('visible', 200, 'skew')]


def test_thermal_that_comes_after_its_visible_frames_is_late(drive):
    one = drive(use_once=True).visible(100).advance(120).thermal(100, 121)
    one.visible(133, 133).visible(166).visible(199)
    assert ('visible', 100, 'no_partner') in one.reasons
    assert one.out == [(133, 100)]
    slow = drive(use_once=True)
    for k in range(8):
        slow.visible(33 * k)
    slow.thermal(100, 240).flush()
    assert ('thermal', 100, 'late') in slow.reasons


def test_visible_frames_go_alone_only_once_thermal_is_lost(drive):
    one = drive(use_once=True).thermal(0).visible(1)
    for k in range(1, 20):
        one.visible(33 * k)
    assert [pair for pair in one.out if pair[1] is not None] == [(1, 0)]
    alone = [visible for visible, thermal in one.out if thermal is None]
    assert alone == [33 * k for k in range(15, 20)]
    assert [s.waited_ns for s in one.sets][-4:] == [0] * 4
    assert [stamp for _, stamp, _ in one.reasons] == [33 * k for k in range(1, 15)]
    one.check_account()


def test_thermal_frames_go_alone_once_visible_is_lost(drive):
    one = drive(use_once=True).visible(0).thermal(1)
    for k in range(1, 8):
        one.thermal(100 * k)
    assert one.out == [(0, 1), *((None, 100 * k) for k in range(1, 8))]
    assert one.reasons == []
    # The camera comes back, behind what went alone.
    one.visible(690, 701).visible(760, 761).visible(830, 831)
    assert ('visible', 690, 'late') in one.reasons


def test_thermal_waits_for_a_visible_camera_with_more_latency(drive):
    one = drive(use_once=True)
    events = [(Sensor.VISIBLE, 33 * k, 33 * k + 300, '') for k in range(60)]
    events += [(Sensor.THERMAL, 110 * k, 110 * k, '') for k in range(18)]
    one.play(sorted(events, key=lambda event: event[2])).flush()
    assert len(one.pairs) == 18
    # The period of the visible camera is known from its fourth frame on.
    assert max(abs(s.skew_ns) for s in one.pairs[2:]) <= 16_500_000


def test_a_wait_of_nothing_pairs_with_what_is_there(drive):
    one = drive(use_once=True, wait_ms=0).thermal(90).visible(100).thermal(101)
    assert one.out == [(100, 90)]
