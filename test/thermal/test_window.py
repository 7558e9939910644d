from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nitedr_ros.errors import FrameError
from nitedr_ros.thermal.window import Window, percentile_window

DType = type[np.uint16] | type[np.float32]


def test_the_window_maps_its_ends_and_clips_beyond() -> None:
    image = np.array([[99, 100, 120, 200, 201]], np.uint16)
    assert Window(100.0, 200.0).apply(image).tolist() == [[0, 0, 51, 255, 255]]


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_levels_are_rounded_to_the_nearest(dtype: DType) -> None:
    image = np.arange(20_000, 23_000, dtype=dtype)[None]
    expected = np.clip((image.astype(float) - 21_000) / 1000 * 255, 0, 255)
    assert np.abs(Window(21_000.0, 22_000.0).apply(image) - expected).max() <= 0.51


def test_an_image_with_strides_is_mapped_in_order() -> None:
    image = np.arange(60, dtype=np.uint16).reshape(6, 10)[:, :5]
    result = Window(0.0, 255.0).apply(image)
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, image)


@pytest.mark.filterwarnings('error')
def test_what_is_not_finite_is_mapped_too() -> None:
    image = np.array([[np.nan, -np.inf, np.inf, 0.2]], np.float32)
    assert Window(0.0, 1.0).apply(image).tolist() == [[0, 0, 255, 51]]


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_percentiles_are_those_of_the_image(dtype: DType) -> None:
    values = np.random.default_rng(0).permutation(512 * 640) % 50_000
    image = values.reshape(512, 640).astype(dtype)
    window = percentile_window(image, 1.0, 99.0)
    low, high = np.percentile(values, [1.0, 99.0])
    assert abs(window.low - low) < 150
    assert abs(window.high - high) < 150


def test_a_small_image_is_measured_whole() -> None:
    image = np.arange(101, dtype=np.uint16).reshape(1, 101)
    assert percentile_window(image, 10.0, 90.0) == Window(10.0, 90.0)


@pytest.mark.parametrize('value', [0.0, 1.0, -40.0, 300.0, 65_535.0])
@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_no_contrast_is_mid_grey(value: float, dtype: DType) -> None:
    image = np.full((5, 7), max(value, 0.0) if dtype is np.uint16 else value, dtype)
    result = percentile_window(image, 1.0, 99.0).apply(image)
    assert set(result.ravel().tolist()) <= {127, 128}


def test_noise_of_a_count_is_not_blown_up() -> None:
    image = np.random.default_rng(0).integers(20_000, 20_002, (50, 50), np.uint16)
    result = percentile_window(image, 0.0, 100.0).apply(image)
    assert int(result.max()) - int(result.min()) < 40


def test_finite_values_between_the_samples_are_found() -> None:
    image = np.full((512, 640), np.nan, np.float32)
    image[1, 1:4] = 10.0, 20.0, 30.0
    assert percentile_window(image, 0.0, 100.0) == Window(10.0, 30.0)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_nothing_finite_is_refused(value: float) -> None:
    image = np.full((5, 7), value, np.float32)
    with pytest.raises(FrameError, match='expected finite values, got only NaN or infinity; '):
        percentile_window(image, 1.0, 99.0)


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
    window = percentile_window(image, low, high)
    assert window.low < window.high
    result = window.apply(image)
    known = ~np.isnan(image)
    order = np.argsort(image[known], kind='stable')
    assert (np.diff(result[known][order].astype(int)) >= 0).all()


def test_towards_goes_part_of_the_way() -> None:
    assert Window(0.0, 10.0).towards(Window(4.0, 30.0), 0.25) == Window(1.0, 15.0)
