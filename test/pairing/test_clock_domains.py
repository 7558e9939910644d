from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.config.schema import PairingConfig
from nitedr_ros.pairing.clock_domains import ClockDomains
from nitedr_ros.pairing.sensor import Sensor

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000


def watch(
    offset_ms: float, *, seconds: float = 3.0, latency_ms: tuple[int, int] = (12, 28), **config
) -> ClockDomains:
    """Let 30 Hz visible and 9 Hz thermal frames by, thermal stamps set back by offset_ms."""
    domains = ClockDomains(PairingConfig(**config))
    shots = [(n * 1000 / 30, Sensor.VISIBLE) for n in range(round(30 * seconds))]
    shots += [(n * 1000 / 9, Sensor.THERMAL) for n in range(round(9 * seconds))]
    for time_ms, sensor in sorted(shots, key=lambda shot: shot[0]):
        true_ns = START_NS + round(time_ms * MS)
        late = latency_ms[0] if sensor is Sensor.VISIBLE else latency_ms[1]
        back = 0.0 if sensor is Sensor.VISIBLE else offset_ms
        domains.observe(sensor, true_ns - round(back * MS), true_ns + late * MS)
    return domains


@pytest.mark.parametrize('offset_ms', [2_000.0, -2_000.0, 3_600_000.0, -7 * 3_600_000.0, 1.7e12])
def test_a_foreign_clock_is_recognised_with_the_offset_that_fits(offset_ms: float) -> None:
    domains = watch(offset_ms)
    assert domains.difference_ns is not None
    assert abs(domains.difference_ns / MS - offset_ms) <= 16.5
    assert '\n' not in domains.advice
    fitting = float(domains.advice.split('thermal_offset_ms: ')[1].split()[0])
    assert watch(offset_ms, thermal_offset_ms=fitting).advice == ''
    assert ('behind' in domains.advice) == (offset_ms > 0)


@given(offset_ms=st.floats(-400, 400))
def test_latencies_and_small_offsets_are_no_foreign_clock(offset_ms: float) -> None:
    domains = watch(offset_ms)
    assert domains.difference_ns is None
    assert domains.advice == ''


def test_an_offset_set_wrongly_is_corrected_by_the_advice() -> None:
    domains = watch(5_000.0, thermal_offset_ms=8_000.0)
    fitting = float(domains.advice.split('thermal_offset_ms: ')[1].split()[0])
    assert abs(fitting - 5_000.0) <= 16.5


def test_nothing_is_said_before_five_frames_of_each() -> None:
    assert watch(60_000.0, seconds=0.4).difference_ns is None
    assert watch(60_000.0, seconds=0.6).difference_ns is not None


def test_a_recording_that_starts_over_is_not_taken_for_a_foreign_clock() -> None:
    domains = ClockDomains(PairingConfig())
    said = set()
    for step in range(900):
        arrival_ns = START_NS + step * 10 * MS
        stamp_ns = START_NS + (step % 300) * 10 * MS
        if step % 3 == 0:
            domains.observe(Sensor.VISIBLE, stamp_ns, arrival_ns)
        if step % 11 == 0:
            domains.observe(Sensor.THERMAL, stamp_ns, arrival_ns)
        said.add(domains.advice)
    assert said == {''}


def test_a_clock_that_is_set_right_is_believed() -> None:
    domains = ClockDomains(PairingConfig())
    for step in range(600):
        arrival_ns = START_NS + step * 20 * MS
        wrong = 10_000 * MS if step < 300 else 0
        domains.observe(Sensor.VISIBLE, arrival_ns, arrival_ns)
        domains.observe(Sensor.THERMAL, arrival_ns - wrong, arrival_ns)
        if step == 299:
            assert domains.advice
    assert domains.advice == ''
