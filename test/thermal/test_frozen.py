from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.frames.frame import Frame
from nitedr_ros.thermal.intake import ThermalIntake
from nitedr_ros.thermal.stillness import Stillness

Image = npt.NDArray[Any]
MakeFrame = Callable[..., Frame]
Noisy = Callable[[Image], Image]
MS = 1_000_000
ROAD = 275 + np.linspace(0, 15, 96)[:, None] + 3 * np.sin(np.linspace(0, 12, 128))
SHUTTER = np.full((96, 128), 305.0)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
def test_a_picture_that_stays_the_same_is_frozen_from_its_first_frame_on(
    frame: MakeFrame, noisy: Noisy, dtype: type
) -> None:
    moving = [(noisy(ROAD) / 200).astype(dtype) for _ in range(3)]
    stuck = moving[-1]
    stuck[40:50, 40:50] = 0 if dtype is not np.float32 else np.nan
    taken = ThermalIntake(ThermalConfig())
    for index, image in enumerate(moving):
        thermal = taken.take(frame(image, index * 100))
        assert (thermal.frozen_ns, thermal.frozen) == (0, False)
    for stamp in (300, 400):
        thermal = taken.take(frame(stuck.copy(), stamp))
        assert (thermal.frozen_ns, thermal.frozen) == ((stamp - 200) * MS, False)
    thermal = taken.take(frame(stuck.copy(), 450))
    assert (thermal.frozen_ns, thermal.frozen) == (250 * MS, True)
    thermal = taken.take(frame(moving[0], 550))
    assert (thermal.frozen_ns, thermal.frozen) == (0, False)


def test_a_buffer_that_is_written_again_is_a_new_picture(frame: MakeFrame, noisy: Noisy) -> None:
    taken = ThermalIntake(ThermalConfig())
    buffer = noisy(ROAD)
    taken.take(frame(buffer))
    buffer[10, 10] += 1
    assert taken.take(frame(buffer, 900)).frozen_ns == 0


@pytest.mark.parametrize('rate', [30, 60])
def test_a_slow_camera_streamed_fast_is_not_frozen(
    frame: MakeFrame, noisy: Noisy, rate: int
) -> None:
    taken = ThermalIntake(ThermalConfig())
    shown = -1
    for index in range(2 * rate):
        if index * 9 // rate != shown:
            shown, image = index * 9 // rate, noisy(ROAD)
        thermal = taken.take(frame(image, index * 1000 / rate))
        assert not thermal.frozen
        assert thermal.frozen_ns <= 112 * MS


def test_telemetry_that_counts_on_does_not_hide_a_frozen_picture(
    frame: MakeFrame, noisy: Noisy
) -> None:
    taken = ThermalIntake(ThermalConfig(crop_top=1))
    image = noisy(ROAD)
    for stamp in range(0, 400, 100):
        image[0] = stamp
        thermal = taken.take(frame(image, stamp))
    assert (thermal.frozen_ns, thermal.frozen) == (300 * MS, True)


@pytest.mark.parametrize(
    'shutter', [SHUTTER, SHUTTER + 0.1 * np.sin(np.arange(128)), SHUTTER - 20]
)
@pytest.mark.parametrize('has_noise', [True, False])
def test_a_closed_shutter_is_frozen_at_once_and_does_not_move_the_range(
    frame: MakeFrame, noisy: Noisy, shutter: Image, has_noise: bool
) -> None:
    taken = ThermalIntake(ThermalConfig())
    before = [taken.take(frame(noisy(ROAD), index * 111)) for index in range(9)]
    closed = np.rint(SHUTTER * 100).astype(np.uint16)
    for index in range(9, 18):
        thermal = taken.take(frame(noisy(shutter) if has_noise else closed, index * 111))
        assert thermal.frozen
    assert thermal.frozen_ns == 8 * 111 * MS
    after = taken.take(frame(noisy(ROAD), 18 * 111))
    assert (after.frozen_ns, after.frozen) == (0, False)
    assert abs(after.levels.mean() - before[-1].levels.mean()) < 0.5


def test_a_scene_that_stays_flat_is_fog_and_is_shown(frame: MakeFrame, noisy: Noisy) -> None:
    taken = ThermalIntake(ThermalConfig())
    taken.take(frame(noisy(ROAD)))
    frozen = [taken.take(frame(noisy(SHUTTER), 111 * index)).frozen for index in range(1, 90)]
    assert frozen == [True] * 46 + [False] * 43
    for index in range(90, 120):
        thermal = taken.take(frame(noisy(SHUTTER), 111 * index))
    assert thermal.levels.std() > 10


def test_a_shutter_at_the_start_gives_way_to_the_scene(frame: MakeFrame, noisy: Noisy) -> None:
    own = ThermalIntake(ThermalConfig()).take(frame(noisy(ROAD))).levels.astype(float)
    taken = ThermalIntake(ThermalConfig())
    for index in range(4):
        taken.take(frame(noisy(SHUTTER), index * 111))
    for index in range(4, 4 + 27):
        thermal = taken.take(frame(noisy(ROAD), index * 111))
        assert not thermal.frozen
    assert np.abs(thermal.levels - own).mean() < 12


@pytest.mark.parametrize('picture', [ROAD, SHUTTER])
def test_0_never_calls_a_picture_frozen(frame: MakeFrame, noisy: Noisy, picture: Image) -> None:
    taken = ThermalIntake(ThermalConfig(frozen_after_ms=0.0))
    taken.take(frame(noisy(ROAD)))
    image = noisy(picture)
    for stamp in (100, 4000):
        thermal = taken.take(frame(image, stamp))
        assert not thermal.frozen
    assert thermal.frozen_ns == 3900 * MS


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 500)), min_size=1, max_size=20))
def test_stillness_adds_up_the_time_since_the_first_of_equal_images(
    shown: list[tuple[int, int]],
) -> None:
    stillness = Stillness()
    images = [np.full((4, 5), value, np.float32) for value in (1.0, 2.0, np.nan)]
    expected, last = 0, -1
    for which, elapsed_ns in shown:
        expected = expected + elapsed_ns if which == last else 0
        last = which
        assert stillness.see(images[which].copy(), elapsed_ns) == expected


def test_another_size_or_one_sample_makes_another_image() -> None:
    stillness = Stillness()
    image = np.zeros((5, 6), np.uint16)
    stillness.see(image, 0)
    assert stillness.see(image, 7) == 7
    assert stillness.see(image[:, ::2], 7) == 0
    assert stillness.see(image[:, ::2], 7) == 7
    stillness.see(image, 7)
    image[0, 0] = 1
    assert stillness.see(image, 7) == 0
