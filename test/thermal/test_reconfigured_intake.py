"""Parameters of the thermal intake that change between two frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.thermal.intake import ThermalIntake


@pytest.fixture
def street(noisy: Callable) -> np.ndarray:
    y, x = np.mgrid[0:96, 0:128] / np.array([96, 128])[:, None, None]
    return noisy(275 + 15 * y + 3 * np.sin(12 * x))


def test_other_percentiles_and_rates_go_on_from_the_range_shown(frame, street) -> None:
    intake = ThermalIntake(ThermalConfig())
    before = intake.take(frame(street, 0)).levels
    intake.reconfigure(ThermalConfig(low_percentile=20.0, high_percentile=80.0))
    after = intake.take(frame(street + np.uint16(1), 33)).levels
    assert np.abs(after.astype(int) - before).max() <= 1
    fresh = ThermalIntake(ThermalConfig(low_percentile=20.0, high_percentile=80.0))
    wanted = fresh.take(frame(street, 0)).levels
    assert np.abs(wanted.astype(int) - before).max() > 30
    # It arrives there in the end.
    quick = ThermalConfig(low_percentile=20.0, high_percentile=80.0, max_change_per_s=10_000)
    intake.reconfigure(quick)
    for number in range(2, 200):
        last = intake.take(frame(street + np.uint16(number % 2), 33 * number)).levels
    assert np.abs(last.astype(int) - wanted).max() <= 2


def test_the_other_polarity_is_the_same_picture_inverted(frame, street) -> None:
    intake = ThermalIntake(ThermalConfig())
    before = intake.take(frame(street, 0)).levels
    intake.reconfigure(ThermalConfig(white_hot=False))
    after = intake.take(frame(street, 0)).levels
    np.testing.assert_array_equal(after, 255 - before)


def test_other_telemetry_rows_start_anew(frame, street) -> None:
    hot = street.copy()
    hot[:4] = 60_000
    intake = ThermalIntake(ThermalConfig())
    assert intake.take(frame(hot, 0)).crop == (0, 0)
    cropped = ThermalConfig(crop_top=4)
    intake.reconfigure(cropped)
    taken, fresh = (one.take(frame(hot, 33)) for one in (intake, ThermalIntake(cropped)))
    assert taken.crop == (4, 0)
    np.testing.assert_array_equal(taken.levels, fresh.levels)


def test_a_picture_that_stands_still_goes_on_standing(frame, street) -> None:
    intake = ThermalIntake(ThermalConfig())
    for number in range(4):
        taken = intake.take(frame(street, 100 * number))
    assert taken.frozen
    intake.reconfigure(ThermalConfig(frozen_after_ms=1000.0))
    taken = intake.take(frame(street, 400))
    assert (taken.frozen, taken.frozen_ns) == (False, 400_000_000)
