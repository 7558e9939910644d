from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import FrameError
from nitedr_ros.frames.frame import Frame
from nitedr_ros.thermal.intake import ThermalIntake

DType = type[np.uint16] | type[np.float32]
MS = 1_000_000
COLD = np.arange(20_000, 20_000 + 101, dtype=np.uint16).reshape(1, 101)


def frame(image: npt.NDArray[Any], stamp_ns: int = 0, encoding: str = '') -> Frame:
    names = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}
    name = encoding or names[image.dtype.name]
    return Frame(stamp_ns, 'thermal', name, image, image.shape[0], image.shape[1])


def intake(**changes: Any) -> ThermalIntake:
    return ThermalIntake(ThermalConfig(low_percentile=0.0, high_percentile=100.0, **changes))


@pytest.mark.parametrize('encoding', ['mono8', '8UC1'])
def test_8_bit_images_pass_unchanged(encoding: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    assert np.shares_memory(intake().to_mono8(frame(image, encoding=encoding)), image)
    inverted = intake(white_hot=False).to_mono8(frame(image, encoding=encoding))
    np.testing.assert_array_equal(inverted, 255 - image)


def test_8_bit_images_with_padded_rows_become_contiguous() -> None:
    padded = np.arange(32, dtype=np.uint8).reshape(4, 8)[:, :6]
    result = intake().to_mono8(frame(padded))
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, padded)


def test_colour_images_become_grey() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    result = intake().to_mono8(frame(np.dstack([grey] * 3), encoding='rgb8'))
    np.testing.assert_array_equal(result, grey)


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_deep_images_span_black_to_white(dtype: DType) -> None:
    image = COLD.astype(dtype)
    result = intake().to_mono8(frame(image))
    assert (result[0, 0], result[0, 20], result[0, 100]) == (0, 51, 255)
    inverted = intake(white_hot=False).to_mono8(frame(image))
    np.testing.assert_array_equal(inverted, 255 - result)


@pytest.mark.parametrize('period_ms', [10, 100, 1000])
def test_the_range_follows_by_time_and_not_by_frames(period_ms: int) -> None:
    taken = intake(smoothing_ms=1000.0)
    taken.to_mono8(frame(COLD))
    hot = COLD + 100
    for stamp in range(period_ms, 1001, period_ms):
        result = taken.to_mono8(frame(hot, stamp * MS))
    # After one time constant the range lies 1 - 1/e of the way up: 100 counts are 255 levels.
    low = 20_000 + 100 * (1 - math.exp(-1))
    assert abs(float(result[0, 0]) - (20_100 - low) / 100 * 255) < 1.5


def test_a_hot_thing_does_not_make_the_picture_jump() -> None:
    taken = intake(smoothing_ms=1000.0)
    before = taken.to_mono8(frame(COLD))
    scene = COLD.copy()
    scene[0, 100] = 20_600
    after = taken.to_mono8(frame(scene, 33 * MS))
    assert after[0, 100] == 255
    change = before[0, :100].astype(int) - after[0, :100]
    assert 0 <= change.min() <= change.max() < 40


def test_no_smoothing_takes_each_frame_alone() -> None:
    taken = intake(smoothing_ms=0.0)
    first = taken.to_mono8(frame(COLD))
    np.testing.assert_array_equal(taken.to_mono8(frame(COLD + 500, MS)), first)


def test_the_same_stamp_does_not_move_the_range() -> None:
    taken = intake()
    first = taken.to_mono8(frame(COLD, 5 * MS))
    taken.to_mono8(frame(COLD + 500, 5 * MS))
    np.testing.assert_array_equal(taken.to_mono8(frame(COLD, 5 * MS)), first)


def test_a_stamp_that_runs_back_starts_anew() -> None:
    taken = intake()
    first = taken.to_mono8(frame(COLD, 500 * MS))
    np.testing.assert_array_equal(taken.to_mono8(frame(COLD + 900, 499 * MS)), first)


def test_another_depth_starts_anew() -> None:
    taken = intake()
    first = taken.to_mono8(frame(COLD))
    kelvin = COLD.astype(np.float32) / 100
    np.testing.assert_allclose(taken.to_mono8(frame(kelvin, MS)), first, rtol=0, atol=1)


def test_a_still_scene_with_noise_does_not_flicker() -> None:
    generator = np.random.default_rng(0)
    scene = generator.integers(20_000, 24_000, (120, 160))
    taken = ThermalIntake(ThermalConfig())
    means = [
        float(taken.to_mono8(frame((scene + noise).astype(np.uint16), index * 33 * MS)).mean())
        for index, noise in enumerate(generator.normal(0, 20, (30, 120, 160)))
    ]
    assert max(means) - min(means) < 0.5


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_a_constant_scene_is_mid_grey(dtype: DType) -> None:
    result = ThermalIntake(ThermalConfig()).to_mono8(frame(np.full((4, 6), 300, dtype)))
    assert set(result.ravel().tolist()) <= {127, 128}


def test_nan_is_cold_in_either_polarity() -> None:
    image = COLD.astype(np.float32)
    image[0, 50] = np.nan
    assert intake().to_mono8(frame(image))[0, 50] == 0
    assert intake(white_hot=False).to_mono8(frame(image))[0, 50] == 255


def test_a_frame_of_nan_is_refused_and_leaves_the_range() -> None:
    taken = intake(smoothing_ms=1000.0)
    image = COLD.astype(np.float32)
    first = taken.to_mono8(frame(image))
    with pytest.raises(FrameError, match='expected finite values') as caught:
        taken.to_mono8(frame(np.full_like(image, np.nan), 10 * MS))
    assert '\n' not in str(caught.value)
    np.testing.assert_array_equal(taken.to_mono8(frame(image, 20 * MS)), first)
