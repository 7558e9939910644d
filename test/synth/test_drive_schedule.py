from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.synth.config import DriveConfig
from nitedr_ros.synth.schedule import Shot, schedule


def shots(sensor: str, config: DriveConfig) -> list[Shot]:
    return [shot for shot in schedule(config) if shot.sensor == sensor]


@pytest.mark.parametrize('offset_ms', [-37.5, 0.0, 12.25, -86_400_000.0])
def test_the_thermal_clock_is_ahead_by_the_offset_and_nothing_else_changes(
    offset_ms: float,
) -> None:
    plain, offset = DriveConfig(), DriveConfig(offset_ms=offset_ms)
    for shot in shots('visible', offset):
        assert shot.stamp_ns == shot.true_ns
    for shot in shots('thermal', offset):
        assert shot.stamp_ns - shot.true_ns == round(offset_ms * 1e6)
    taken = [(shot.sensor, shot.true_ns, shot.arrival_ns) for shot in schedule(offset)]
    assert taken == [(shot.sensor, shot.true_ns, shot.arrival_ns) for shot in schedule(plain)]


def test_dropped_frames_leave_gaps_and_the_others_as_they_were() -> None:
    whole, torn = DriveConfig(seconds=60.0), DriveConfig(seconds=60.0, drop=0.2)
    for sensor in ('visible', 'thermal'):
        every, left = shots(sensor, whole), shots(sensor, torn)
        assert set(left) < set(every)
        assert abs(len(left) / len(every) - 0.8) < 0.08
    numbers = np.array([shot.number for shot in shots('visible', torn)])
    assert len(set(np.diff(numbers).tolist())) > 2
    other = DriveConfig(seconds=60.0, drop=0.2, seed=2)
    assert numbers.tolist() != [shot.number for shot in shots('visible', other)]


def test_everything_dropped_is_an_empty_drive() -> None:
    assert schedule(DriveConfig(drop=1.0)) == []


def test_jitter_moves_exposures_within_its_limit() -> None:
    config = DriveConfig(jitter_ms=2.0, seconds=20.0)
    even = np.arange(600) / 30.0 * 1e9
    off = np.array([shot.true_ns - config.start_ns for shot in shots('visible', config)]) - even
    assert 1.5e6 < np.abs(off).max() <= 2e6 + 1
    assert abs(off.mean()) < 0.2e6
