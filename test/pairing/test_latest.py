"""Each visible frame with the nearest thermal frame; wait 20, skew 50, age 150 ms by default."""

from __future__ import annotations

import pytest

from nitedr_ros.pairing.sensor import Sensor


def steady(drive, **config):
    """Thermal at 100 ms for long enough that its period is known; the last stamp is 500."""
    one = drive(**config)
    for k in range(6):
        one.visible(100 * k - 1, 100 * k - 1)
        one.thermal(100 * k, 100 * k)
    one.sets.clear()
    return one


def test_the_nearest_thermal_frame_serves(drive):
    one = drive().thermal(100).visible(130).thermal(140)
    assert one.out == [(130, 140)]
    assert one.sets[0].skew_ns == 10_000_000
    one.visible(150).thermal(200, 160)
    assert one.out[1:] == [(150, 140)]
    assert one.sets[1].skew_ns == -10_000_000


def test_offsets_count_before_matching(drive):
    one = drive(thermal_offset_ms=-40, visible_offset_ms=5).thermal(140).thermal(185)
    one.visible(100)
    assert one.out == [(100, 140)]
    assert one.sets[0].skew_ns == -5_000_000


def test_thermal_serves_again_until_it_is_too_old(drive):
    one = drive(wait_ms=0).thermal(100)
    for stamp in (110, 240, 250, 251):
        one.visible(stamp)
    assert one.out == [(110, 100), (240, 100), (250, 100), (251, None)]
    assert [s.reused for s in one.sets] == [False, True, True, False]
    assert [s.thermal_age_ns for s in one.sets] == [10e6, 140e6, 150e6, None]


def test_the_next_visible_frame_is_limited_to_the_skew(drive):
    one = drive().visible(100, 100).thermal(151, 101)
    assert one.out == [(100, None)]
    assert drive().visible(100, 100).thermal(150, 101).out == [(100, 150)]


def test_without_an_estimate_a_frame_waits_to_its_deadline(drive):
    one = drive().thermal(100).visible(130).advance(149.999)
    assert one.out == []
    assert one.synchroniser.next_deadline_ns == 150_000_000
    one.advance(170)
    assert one.out == [(130, 100)]
    assert one.sets[0].waited_ns == 20_000_000


def test_a_deadline_passes_before_a_frame_that_comes_after_it(drive):
    assert drive().thermal(100).visible(130).thermal(131, 150.001).out == [(130, 100)]
    assert drive().thermal(100).visible(130).thermal(131, 150).out == [(130, 131)]


def test_no_wait_for_a_frame_that_would_be_no_nearer(drive):
    one = steady(drive, wait_ms=1000).visible(540, 540)
    assert one.out == [(540, 500)]
    assert one.sets[0].waited_ns == 0


def test_waits_for_a_frame_that_is_nearer(drive):
    one = steady(drive, wait_ms=1000).visible(560, 560)
    assert one.out == []
    assert one.thermal(600).out == [(560, 600)]


def test_no_wait_for_a_frame_that_comes_after_the_deadline(drive):
    assert steady(drive).visible(570).out == [(570, 500)]
    assert steady(drive).visible(585).thermal(600).out == [(585, 600)]


def test_no_wait_for_a_frame_that_cannot_qualify(drive):
    one = steady(drive, wait_ms=1000, max_thermal_age_ms=10, max_skew_ms=20).visible(550)
    assert one.out == [(550, None)]


def test_latency_of_thermal_counts_for_its_arrival(drive):
    one = drive(wait_ms=20)
    for k in range(6):
        one.visible(100 * k).thermal(100 * k, 100 * k + 30)
    assert one.visible(590, 595).out[-1] == (590, 500)
    assert one.sets[-1].waited_ns == 0


def test_frames_behind_a_waiting_one_keep_their_order(drive):
    one = drive(wait_ms=200).thermal(0).visible(60).visible(90).visible(95)
    assert one.out == []
    assert one.thermal(100).out == [(60, 100), (90, 100), (95, 100)]


def test_a_lost_thermal_camera_costs_no_wait(drive):
    one = drive(wait_ms=300).thermal(0)
    for k in range(15):
        one.visible(10 + 33 * k)
    waiting = one.synchroniser.pending[Sensor.VISIBLE]
    assert waiting
    one.advance(500)
    assert one.synchroniser.is_lost(Sensor.THERMAL)
    assert one.synchroniser.pending == {Sensor.VISIBLE: 0, Sensor.THERMAL: 0}
    assert one.visible(505).out[-1] == (505, None)
    assert one.sets[-1].waited_ns == 0


def test_thermal_that_never_came_is_lost_after_the_first_arrival(drive):
    one = drive()
    for k in range(20):
        one.visible(33 * k)
    assert not any(thermal for _, thermal in one.out)
    assert [s.waited_ns for s in one.sets if s.visible][-1] == 0
    assert one.sets[0].waited_ns == 20_000_000
    assert one.dropped == []


def test_a_lost_visible_camera_lets_thermal_go_alone(drive):
    one = drive().visible(0).thermal(1)
    for k in range(1, 6):
        one.thermal(100 * k)
    assert one.out == [(0, 1), (None, 100), (None, 200), (None, 300), (None, 400), (None, 500)]
    one.thermal(600)
    assert one.out[-1] == (None, 600)
    assert one.sets[-1].waited_ns == 0
    one.visible(610).advance(630)
    assert one.out[-1] == (610, 600)
    assert not one.sets[-1].reused


def test_a_newer_thermal_frame_supersedes_one_that_never_served(drive):
    one = drive(wait_ms=0).thermal(100).thermal(120).visible(130)
    assert one.out == [(130, 120)]
    assert one.reasons == [('thermal', 100, 'superseded')]


def test_thermal_that_nothing_can_use_is_too_old(drive):
    one = drive(wait_ms=0).thermal(100).visible(251)
    assert one.out == [(251, None)]
    assert one.reasons == [('thermal', 100, 'too_old')]


@pytest.mark.parametrize('use_once', [False, True])
def test_queues_are_bounded(drive, use_once):
    limit = 8
    one = drive(queue_size=limit, wait_ms=60_000, lost_after_ms=60_000, use_once=use_once)
    for k in range(100):
        one.visible(k, k).thermal(5000 + k, k)
        assert max(one.synchroniser.pending.values()) <= limit
    one.check_account()
    assert ('thermal', 5000, 'superseded') in one.reasons


def test_visible_frames_survive_a_full_queue(drive):
    one = drive(queue_size=4, wait_ms=60_000, lost_after_ms=60_000)
    for k in range(20):
        one.visible(k)
    one.flush()
    assert [visible for visible, _ in one.out] == list(range(20))


def test_flush_decides_with_what_is_at_hand(drive):
    one = drive().thermal(100).visible(120).thermal(300, 121).flush()
    assert one.out[0] == (120, 100)
    assert one.reasons == [('thermal', 300, 'no_partner')]
    one.check_account()


def test_thermal_alone_in_a_short_recording_goes_out_at_its_end(drive):
    assert drive().thermal(100).flush().out == [(None, 100)]
