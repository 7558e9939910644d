"""Limits that change while frames wait, and thermal frames that leave."""

from __future__ import annotations

import pytest

from nitedr_ros.config.schema import PairingConfig
from nitedr_ros.pairing.clock_domains import ClockDomains
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser

MS = 1_000_000


def change(one, **config):
    one.synchroniser.reconfigure(PairingConfig(**config))
    one.sets += one.synchroniser
    return one


@pytest.mark.parametrize('use_once', [False, True])
@pytest.mark.parametrize('at', range(40, 60, 4))
def test_another_skew_keeps_all_pairs_flowing(drive, record, use_once, at):
    events = record(4.0, rates=(30.0, 30.0), jitter=0.02, seed=at)
    same = drive(use_once=use_once).play(events).flush()
    one = drive(use_once=use_once).play(events[:at])
    change(one, use_once=use_once, max_skew_ms=40.0).play(events[at:]).flush()
    assert one.out == same.out
    assert all(frame_set.thermal is not None for frame_set in one.sets[2:])
    one.check_account()


@pytest.mark.parametrize('use_once', [False, True])
def test_new_limits_hold_for_the_frames_that_wait(drive, use_once):
    one = drive(use_once=use_once, wait_ms=100, max_skew_ms=100).visible(100).visible(133)
    assert one.out == []
    # What is overdue by the new limits is decided with the change.
    one.advance(150)
    change(one, use_once=use_once, wait_ms=30, max_skew_ms=100)
    decided = {(stamp, reason) for _, stamp, reason in one.reasons} | set(one.out)
    assert len(decided) == 1
    one.thermal(190, 152).advance(163)
    if use_once:
        assert one.out == [(133, 190)]
    else:
        assert one.out == [(100, None), (133, 190)]
    one.check_account()


def test_a_smaller_queue_holds_less(drive):
    one = drive(wait_ms=60_000, lost_after_ms=60_000)
    for k in range(10):
        one.visible(33 * k)
    assert one.synchroniser.pending[Sensor.VISIBLE] == 10
    change(one, wait_ms=60_000, lost_after_ms=60_000, queue_size=4)
    assert one.synchroniser.pending[Sensor.VISIBLE] == 4
    one.check_account()


def test_another_clock_jump_holds_for_stamps_and_arrivals(drive):
    one = drive().visible(5000, 5000).advance(5030)
    change(one, clock_jump_ms=300)
    one.visible(4600, 4600)
    assert one.reasons == []
    assert one.synchroniser.next_deadline_ns == 4620 * MS
    one.check_account()


@pytest.mark.parametrize(
    'config', [{'thermal_offset_ms': 40.0}, {'visible_offset_ms': -40.0}, {'use_once': True}]
)
def test_other_offsets_begin_anew_and_what_waits_is_decided(drive, config):
    one = drive().visible(100, 100).visible(133, 133).thermal(20, 134)
    assert one.out == [(100, None)]
    change(one, **config)
    assert one.out[1:] == [(133, 20)]
    one.thermal(160, 170).visible(200, 200).visible(233, 233).flush()
    assert (200, 160) in one.out
    one.check_account()
    (pair,) = (s for s in one.pairs if one.out[one.sets.index(s)] == (200, 160))
    assert pair.skew_ns == (-40 * MS if 'use_once' in config else 0)


def test_the_same_configuration_changes_nothing(drive):
    one = drive().visible(100)
    change(one)
    assert one.out == []
    one.thermal(101)
    assert one.out == [(100, 101)]


@pytest.mark.parametrize('use_once', [False, True])
def test_thermal_frames_that_went_out_are_told_of_when_they_leave(record, drive, use_once):
    left = {}
    synchroniser = Synchroniser(
        PairingConfig(use_once=use_once), None, lambda frame, count: left.update({frame: count})
    )
    helper = drive()
    helper.synchroniser = synchroniser
    for sensor, stamp, arrival, mark in record(5.0):
        helper.add(sensor, stamp, arrival, mark)
    helper.flush()
    sets = [frame_set.thermal for frame_set in helper.sets if frame_set.thermal is not None]
    assert left == {frame: sets.count(frame) for frame in sets}
    assert max(left.values()) == (1 if use_once else 4)


def test_clock_advice_is_told_anew_for_other_offsets():
    domains = ClockDomains(PairingConfig())
    for k in range(10):
        domains.observe(Sensor.VISIBLE, k * 33 * MS, k * 33 * MS)
        domains.observe(Sensor.THERMAL, (k * 33 - 2000) * MS, k * 33 * MS)
    assert 'thermal_offset_ms: 2000' in domains.advice
    domains.reconfigure(PairingConfig(max_skew_ms=30.0))
    assert 'thermal_offset_ms: 2000' in domains.advice
    domains.reconfigure(PairingConfig(thermal_offset_ms=1990.0))
    assert domains.advice == ''
    for k in range(10, 20):
        domains.observe(Sensor.VISIBLE, k * 33 * MS, k * 33 * MS)
        domains.observe(Sensor.THERMAL, (k * 33 - 2000) * MS, k * 33 * MS)
    assert domains.difference_ns is None
