from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nitedr_ros.errors import FrameError
from nitedr_ros.thermal.scene import Scene
from nitedr_ros.thermal.window import Window

DType = type[np.uint16] | type[np.float32]


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_percentiles_are_those_of_the_image(dtype: DType) -> None:
    values = np.random.default_rng(0).permutation(512 * 640) % 50_000
    scene = Scene(values.reshape(512, 640).astype(dtype), 1.0, 99.0)
    low, middle, high = np.percentile(values, [1.0, 50.0, 99.0])
    assert abs(scene.window.low - low) < 150
    assert abs(scene.window.high - high) < 150
    assert abs(scene.median - middle) < 600


def test_a_small_image_is_measured_whole() -> None:
    scene = Scene(np.arange(101, dtype=np.float32).reshape(1, 101), 10.0, 90.0)
    assert (scene.window, scene.median) == (Window(10.0, 90.0), 50.0)


@pytest.mark.parametrize('value', [0.0, 1.0, -40.0, 300.0, 65_535.0])
@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_no_contrast_is_mid_grey(value: float, dtype: DType) -> None:
    image = np.full((5, 7), max(value, 0.0) if dtype is np.uint16 else value, dtype)
    result = Scene(image, 1.0, 99.0).window.apply(image)
    assert set(result.ravel().tolist()) <= {127, 128}


def test_noise_of_a_count_is_not_blown_up() -> None:
    image = np.random.default_rng(0).integers(20_000, 20_002, (50, 50), np.uint16)
    result = Scene(image, 0.0, 100.0).window.apply(image)
    assert int(result.max()) - int(result.min()) < 40


@pytest.mark.parametrize('dtype, dead', [(np.uint16, (0, 65_535)), (np.float32, (np.nan, np.inf))])
def test_dead_pixels_do_not_move_the_range(dtype: DType, dead: tuple[float, float]) -> None:
    image = np.linspace(28_000, 29_000, 1200).reshape(30, 40).astype(dtype)
    clean = Scene(image, 0.0, 100.0)
    image[::3, 5], image[::3, 20] = dead
    scene = Scene(image, 0.0, 100.0)
    assert scene.window.low == pytest.approx(clean.window.low, abs=1)
    assert scene.window.high == pytest.approx(clean.window.high, abs=1)


def test_finite_values_between_the_samples_are_found() -> None:
    image = np.full((512, 640), np.nan, np.float32)
    image[1, 1:4] = 10.0, 20.0, 30.0
    assert Scene(image, 0.0, 100.0).window == Window(10.0, 30.0)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_nothing_finite_is_refused(value: float) -> None:
    with pytest.raises(FrameError, match='expected finite values, got only NaN or infinity; '):
        Scene(np.full((5, 7), value, np.float32), 1.0, 99.0)


def test_what_lies_beyond_a_range_is_counted_without_what_always_does() -> None:
    scene = Scene(np.arange(1000, dtype=np.float32).reshape(20, 50), 10.0, 90.0)
    assert scene.beyond(scene.window) == 0.0
    assert scene.beyond(Window(0.0, 1000.0)) == 0.0
    assert scene.beyond(Window(scene.window.low, 699.0)) == pytest.approx(0.2, abs=0.01)
    assert scene.beyond(Window(5000.0, 6000.0)) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_the_noise_is_that_between_neighbours(dtype: DType) -> None:
    hills = np.linspace(20_000, 24_000, 240)[:, None]
    noise = np.random.default_rng(0).normal(0, 10, (240, 320))
    image = (hills + noise).astype(dtype)
    assert Scene(image, 1.0, 99.0).noise() == pytest.approx(0.954 * 10, rel=0.08)
    assert Scene(np.full((4, 1), 7, dtype), 1.0, 99.0).noise() > 0


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(width=32)),
    st.floats(0, 49),
    st.floats(51, 100),
)
def test_any_finite_value_gives_a_window_that_keeps_order(
    image: np.ndarray[tuple[int, int], np.dtype[np.float32]], low: float, high: float
) -> None:
    if not np.isfinite(image).any():
        return
    scene = Scene(image, low, high)
    assert scene.window.low < scene.window.high
    assert scene.noise() > 0
    result = scene.window.apply(image)
    known = ~np.isnan(image)
    order = np.argsort(image[known], kind='stable')
    assert (np.diff(result[known][order].astype(int)) >= 0).all()
