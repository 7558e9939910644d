from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.frames.frame import Frame
from nitedr_ros.thermal.intake import ThermalIntake

Image = npt.NDArray[Any]
MakeFrame = Callable[..., Frame]
Noisy = Callable[[Image], Image]
Y, X = np.mgrid[0:96, 0:128] / np.array([96, 128])[:, None, None]
STREET = np.where(Y < 0.4, 250 + 20 * Y, 282 + 3 * np.sin(9 * X))
ROAD = 275 + 15 * Y + 3 * np.sin(12 * X)
CORNER_TO_CORNER = 275 + 8 * Y + 8 * X
TUNNEL = 285 + 3 * np.sin(9 * X)
COLD = np.arange(20_000, 20_000 + 101, dtype=np.uint16).reshape(1, 101)


def with_thing(scene: Image, share: float, kelvin: float = 60.0) -> tuple[Image, Image]:
    """Return the scene with something hot in the corner, and where nothing has changed."""
    side = math.sqrt(share)
    rest = (side * 1.0 <= Y) | (side * 1.0 <= X)
    return np.where(rest, scene, scene + kelvin), rest


def levels_of(
    taken: ThermalIntake, images: Iterator[Image], frame: MakeFrame, period_ms: float
) -> Iterator[npt.NDArray[np.uint8]]:
    for index, image in enumerate(images):
        yield taken.take(frame(image, index * period_ms)).levels


def repeated(noisy: Noisy, *parts: tuple[Image, int]) -> Iterator[Image]:
    return (noisy(scene) for scene, count in parts for _ in range(count))


@pytest.mark.parametrize('rate', [9, 30, 60])
@pytest.mark.parametrize('share', [0.002, 0.01, 0.12])
@pytest.mark.parametrize('scene', [STREET, ROAD, CORNER_TO_CORNER])
def test_something_hot_that_comes_and_goes_leaves_the_rest_of_the_picture_steady(
    frame: MakeFrame, noisy: Noisy, scene: Image, share: float, rate: int
) -> None:
    hot, rest = with_thing(scene, share)
    images = repeated(noisy, (scene, rate), (hot, 5 * rate), (scene, 3 * rate))
    means = [
        levels[rest].mean()
        for levels in levels_of(ThermalIntake(ThermalConfig()), images, frame, 1000 / rate)
    ]
    assert np.abs(np.diff(means)).max() < 0.75 * max(1.0, 9 / rate)
    assert np.ptp(means[:rate]) < 0.5


def test_the_rest_stays_steady_for_as_long_as_the_hot_thing_stays(
    frame: MakeFrame, noisy: Noisy
) -> None:
    hot, rest = with_thing(ROAD, 0.05)
    images = repeated(noisy, (ROAD, 9), (hot, 9 * 90), (ROAD, 5))
    pictures = list(levels_of(ThermalIntake(ThermalConfig()), images, frame, 111))
    means = [levels[rest].mean() for levels in pictures]
    assert np.abs(np.diff(means)).max() < 1.0
    # By then, the hot thing is in the range too.
    assert (pictures[-6][~rest] == 255).mean() < 0.2


def test_a_dropped_frame_makes_no_jump(frame: MakeFrame, noisy: Noisy) -> None:
    hot, rest = with_thing(CORNER_TO_CORNER, 0.12)
    taken = ThermalIntake(ThermalConfig())
    stamps = [0, 111, 222, 333, 555, 999, 2200, 9000, 9111]
    means = [
        taken.take(frame(noisy(hot if stamp > 300 else CORNER_TO_CORNER), stamp))
        .levels[rest]
        .mean()
        for stamp in stamps
    ]
    assert np.abs(np.diff(means)).max() < 1.0


@pytest.mark.parametrize(
    'before, after',
    [
        (ROAD, ROAD + 10),
        (ROAD, ROAD - 5),
        (ROAD, ROAD + 60),
        (ROAD, 284 + 0.25 * (ROAD - 284)),
        (ROAD, 284 + 4 * (ROAD - 284)),
        (ROAD, with_thing(ROAD, 0.4)[0]),
        (STREET, TUNNEL),
        (TUNNEL, STREET),
        (ROAD, TUNNEL),
    ],
)
@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_a_real_change_is_followed_within_seconds(
    frame: MakeFrame, noisy: Noisy, before: Image, after: Image, dtype: type
) -> None:
    own = ThermalIntake(ThermalConfig()).take(frame(noisy(after))).levels.astype(float)
    images = (image.astype(dtype) for image in repeated(noisy, (before, 18), (after, 36)))
    pictures = list(levels_of(ThermalIntake(ThermalConfig()), images, frame, 1000 / 9))
    errors = [np.abs(levels - own).mean() for levels in pictures[18:]]
    assert errors[0] > 25
    assert errors[-1] < 0.25 * errors[0]
    assert errors[-1] < 12


def test_a_fast_change_ends_when_the_range_has_arrived(frame: MakeFrame, noisy: Noisy) -> None:
    shifted = ROAD + 10
    hot, rest = with_thing(shifted, 0.12)
    images = repeated(noisy, (ROAD, 9), (shifted, 72), (hot, 9))
    pictures = list(levels_of(ThermalIntake(ThermalConfig()), images, frame, 111))
    means = [levels[rest].mean() for levels in pictures[80:]]
    assert np.abs(np.diff(means)).max() < 0.75


@pytest.mark.parametrize('period_ms', [10, 100, 1000])
def test_the_range_follows_by_time_and_not_by_frames(frame: MakeFrame, period_ms: int) -> None:
    config = ThermalConfig(low_percentile=0.0, high_percentile=100.0)
    taken = ThermalIntake(config)
    taken.take(frame(COLD))
    # 40 of 100 counts beyond: a real change.
    hot = COLD + 40
    for stamp in range(period_ms, 1001, period_ms):
        levels = taken.take(frame(hot, stamp)).levels
    # After one time constant the range lies 1 - 1/e of the way up: 100 counts are 255 levels.
    assert abs(float(levels[0, 0]) - 40 / math.e / 100 * 255) < 1.5


def test_the_rate_is_a_parameter(frame: MakeFrame, noisy: Noisy) -> None:
    hot, rest = with_thing(CORNER_TO_CORNER, 0.05)

    def change(levels_per_s: float) -> float:
        taken = ThermalIntake(ThermalConfig(max_change_per_s=levels_per_s))
        images = repeated(noisy, (CORNER_TO_CORNER, 1), (hot, 9))
        first, *_, last = levels_of(taken, images, frame, 100)
        return float(first[rest].mean()) - float(last[rest].mean())

    assert 1.0 < change(6.0) < 6.0
    assert 15.0 < change(60.0) < 60.0
    assert change(10_000.0) > 60.0


def test_no_smoothing_takes_each_frame_alone(frame: MakeFrame) -> None:
    taken = ThermalIntake(ThermalConfig(smoothing_ms=0.0))
    first = taken.take(frame(COLD)).levels
    np.testing.assert_array_equal(taken.take(frame(COLD + 500, 1)).levels, first)


def test_the_same_stamp_and_one_that_was_overtaken_do_not_move_the_range(frame: MakeFrame) -> None:
    taken = ThermalIntake(ThermalConfig())
    first = taken.take(frame(COLD, 500)).levels
    taken.take(frame(COLD + 500, 500))
    taken.take(frame(COLD + 500, 300))
    taken.take(frame(COLD + 500, 500))
    np.testing.assert_array_equal(taken.take(frame(COLD, 500)).levels, first)


def test_a_clock_that_runs_back_starts_anew(frame: MakeFrame) -> None:
    taken = ThermalIntake(ThermalConfig())
    first = taken.take(frame(COLD, 5000)).levels
    np.testing.assert_array_equal(taken.take(frame(COLD + 900, 3900)).levels, first)


def test_another_depth_starts_anew(frame: MakeFrame) -> None:
    taken = ThermalIntake(ThermalConfig())
    first = taken.take(frame(COLD)).levels
    kelvin = COLD.astype(np.float32) / 100
    levels = taken.take(frame(kelvin, 1)).levels
    np.testing.assert_allclose(levels, first, rtol=0, atol=1)


def test_dead_pixels_that_come_and_go_leave_the_picture_as_it_is(
    frame: MakeFrame, noisy: Noisy
) -> None:
    taken, untroubled = ThermalIntake(ThermalConfig()), ThermalIntake(ThermalConfig())
    generator = np.random.default_rng(3)
    for index in range(20):
        image = noisy(ROAD)
        damaged = image.copy()
        damaged[generator.integers(0, 96, 40), generator.integers(0, 128, 40)] = 0
        levels = taken.take(frame(damaged, index * 111)).levels.astype(int)
        clean = untroubled.take(frame(image, index * 111)).levels
        assert np.abs(levels - clean).max() < 12
        assert abs(levels.mean() - clean.mean()) < 0.1
