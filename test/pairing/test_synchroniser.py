"""What holds in both modes and for any input."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.config.schema import PairingConfig
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.sensor import Sensor

both_modes = pytest.mark.parametrize('use_once', [False, True])
INTAKE = {'duplicate_stamp', 'out_of_order', 'unstamped'}

steps = st.one_of(
    st.sampled_from([0, 1, 10, 33, 110, -5, -1200, 3000, -(10**13), 10**9]), st.integers(0, 200)
)
messy = st.lists(
    st.tuples(
        st.sampled_from(list(Sensor)),
        steps,
        st.sampled_from([0, 1, 10, 30, 600, -3, -5000]),
    ),
    max_size=60,
)
configs = st.builds(
    PairingConfig,
    use_once=st.booleans(),
    wait_ms=st.sampled_from([0, 20, 300, 2000]),
    lost_after_ms=st.sampled_from([0, 100, 500, 3000]),
    clock_jump_ms=st.sampled_from([0, 1000]),
    max_skew_ms=st.sampled_from([0, 20, 50]),
    max_thermal_age_ms=st.sampled_from([0, 150, 2000]),
    thermal_offset_ms=st.sampled_from([0, -40]),
    queue_size=st.sampled_from([2, 5, 64]),
)


@settings(max_examples=300, deadline=None)
@given(configs, messy)
def test_every_frame_is_accounted_for(drive, config, moves):
    one = drive(**config.model_dump())
    stamps, arrival = dict.fromkeys(Sensor, 10_000), 0
    for sensor, step, delay in moves:
        stamps[sensor] += step
        arrival += delay
        one.add(sensor, stamps[sensor], arrival)
        one.check_account()
        assert max(one.synchroniser.pending.values()) <= config.queue_size
    one.flush()
    one.check_account()
    assert one.synchroniser.pending == {Sensor.VISIBLE: 0, Sensor.THERMAL: 0}
    out = [id(s.visible) for s in one.sets if s.visible]
    order = [id(f) for sensor, f in one.given if sensor is Sensor.VISIBLE and id(f) in set(out)]
    assert out == order
    least = config.max_skew_ms if config.use_once else config.max_thermal_age_ms
    for s in one.pairs:
        assert -least * 1e6 <= s.skew_ns <= config.max_skew_ms * 1e6
        offset = round(config.thermal_offset_ms * 1e6)
        assert s.skew_ns == s.thermal.stamp_ns + offset - s.visible.stamp_ns
    assert all(s.waited_ns >= 0 for s in one.sets)
    assert all(s.waited_ns <= config.wait_ms * 1e6 for s in one.sets if s.visible)
    if config.use_once:
        thermal = [id(s.thermal) for s in one.sets if s.thermal]
        assert len(thermal) == len(set(thermal))
        assert not any(s.reused for s in one.sets)
    else:
        assert {r for sensor, _, r in one.reasons if sensor == 'visible'} <= INTAKE


@both_modes
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0, 3000), max_size=40))
def test_time_that_passes_between_frames_changes_nothing(drive, record, use_once, seed, ticks):
    events = record(3, seed=seed, latency_jitter_ms=10)
    plain = drive(use_once=use_once).play(events)
    ticked = drive(use_once=use_once)
    moments = sorted([(e[2], 1, e) for e in events] + [(t, 0, None) for t in ticks], key=str)
    for at, _, event in sorted(moments, key=lambda m: m[:2]):
        ticked.add(*event) if event else ticked.advance(at)
    as_told = [
        [(a, s.skew_ns, s.waited_ns, s.thermal_age_ns) for a, s in zip(d.out, d.sets, strict=True)]
        for d in (plain.advance(4000), ticked.advance(4000))
    ]
    assert as_told[0] == as_told[1]
    assert plain.reasons == ticked.reasons


@both_modes
def test_the_next_deadline_is_when_something_happens(drive, use_once):
    one = drive(use_once=use_once)
    assert one.synchroniser.next_deadline_ns is None
    one.thermal(100).visible(100).visible(133)
    deadline_ms = one.synchroniser.next_deadline_ns / 1e6
    assert deadline_ms == 153
    before = len(one.sets) + len(one.dropped)
    assert len(one.advance(deadline_ms - 0.001).sets) + len(one.dropped) == before
    assert len(one.advance(deadline_ms).sets) + len(one.dropped) > before


def test_the_next_deadline_is_on_the_callers_clock_after_a_restart(drive):
    one = drive().visible(0, 10_000).visible(33, 500)
    assert one.synchroniser.next_deadline_ns == 520_000_000


def test_a_consumer_that_raises_loses_only_the_set_it_was_handed(drive):
    one = drive(wait_ms=0)
    for k in range(5):
        one.synchroniser.add(Sensor.THERMAL, one_frame(one, 100 * k), 100 * k * 10**6)
        one.synchroniser.add(Sensor.VISIBLE, one_frame(one, 100 * k + 1), (100 * k + 1) * 10**6)
    seen = []

    def consume():
        for one_set in one.synchroniser.ready():
            seen.append(one_set)
            if len(seen) == 2:
                raise RuntimeError('broken')

    with pytest.raises(RuntimeError, match='broken'):
        consume()
    seen += one.synchroniser.ready()
    assert len(seen) == len({id(s.visible) for s in seen}) == 5


def one_frame(one, stamp_ms):
    """Make a frame the way `Drive` does, without adding it."""
    probe = type(one)()
    probe.visible(stamp_ms)
    return probe.given[0][1]


def test_a_drop_handler_that_raises_loses_only_the_drop_it_was_told(drive):
    one = drive(use_once=True, wait_ms=0)
    told, note = [], one.dropped.append

    def raising(sensor, frame, reason):
        told.append(frame)
        if len(told) == 1:
            raise RuntimeError('broken')
        note((sensor, frame, reason))

    one.synchroniser._ledger._on_drop = raising
    with pytest.raises(RuntimeError, match='broken'):
        one.visible(100)
    one.visible(133).thermal(135, 134).visible(137, 136)
    assert one.out == [(137, 135)]
    assert len(told) == 2
    assert sum(one.synchroniser.drops.values()) == 2


def test_sets_may_be_fetched_while_frames_are_added(drive):
    one = drive(wait_ms=0)
    one.synchroniser.add(Sensor.VISIBLE, one_frame(one, 1), 0)
    stamps = iter(range(2, 6))
    seen = 0
    for _ in one.synchroniser:
        seen += 1
        stamp = next(stamps, None)
        if stamp:
            one.synchroniser.add(Sensor.VISIBLE, one_frame(one, stamp), stamp)
    assert seen == 5


@both_modes
def test_unsound_frames_are_dropped_with_their_reason(drive, use_once):
    one = drive(use_once=use_once).visible(100).visible(100).visible(60).visible(-1.8e12)
    assert [reason for _, _, reason in one.reasons] == [
        'duplicate_stamp',
        'out_of_order',
        'unstamped',
    ]
    assert one.synchroniser.drops[Sensor.VISIBLE, DropReason.UNSTAMPED] == 1
    one.check_account()


@both_modes
def test_frames_that_are_all_unsound_are_no_sign_of_life(drive, use_once):
    one = drive(use_once=use_once)
    for k in range(20):
        one.visible(0, 33 * k).thermal(33 * k + 1)
    assert one.synchroniser.is_lost(Sensor.VISIBLE)
    assert one.out[-1] == (None, 33 * 19 + 1)


def test_no_camera_is_lost_before_the_first_arrival(drive):
    one = drive().advance(10_000)
    assert not any(one.synchroniser.is_lost(sensor) for sensor in Sensor)
    one.visible(0, 10_000).advance(10_499)
    assert not one.synchroniser.is_lost(Sensor.THERMAL)
    assert one.advance(10_500).synchroniser.is_lost(Sensor.THERMAL)


@both_modes
def test_a_flush_begins_a_new_recording_and_keeps_the_counts(drive, record, use_once):
    events = record(2)
    one = drive(use_once=use_once)
    counts = [len(one.play(events).flush().pairs) for _ in range(3)]
    assert counts == [counts[0], 2 * counts[0], 3 * counts[0]]
    assert sum(one.synchroniser.received.values()) == 3 * len(events)
    one.check_account()


@both_modes
def test_the_same_frames_give_the_same_sets(drive, record, use_once):
    events = record(3, seed=8)
    first, second = (drive(use_once=use_once).play(events).flush() for _ in range(2))
    assert first.out == second.out
    assert first.reasons == second.reasons
