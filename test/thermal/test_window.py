from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nitedr_ros.thermal.window import Window

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


def test_towards_goes_part_of_the_way() -> None:
    assert Window(0.0, 10.0).towards(Window(4.0, 30.0), 0.25) == Window(1.0, 15.0)


@given(
    st.floats(-1e4, 1e4),
    st.floats(0.1, 1e4),
    st.floats(-1e5, 1e5),
    st.floats(0.1, 1e5),
    st.floats(0, 300),
)
def test_at_most_changes_no_level_by_more(
    low: float, span: float, target_low: float, target_span: float, levels: float
) -> None:
    shown, target = Window(low, low + span), Window(target_low, target_low + target_span)
    moved = shown.at_most(target, levels)
    assert moved.low < moved.high
    for value, level in ((shown.low, 0.0), (shown.high, 255.0)):
        now = (value - moved.low) / moved.span * 255
        assert abs(now - level) <= levels + 1e-6
    assert min(low, target_low) <= moved.low <= max(low, target_low)


def test_at_most_leaves_a_small_move_as_it_is() -> None:
    moved = Window(100.5, 356.0)
    assert Window(100.0, 355.0).at_most(moved, 2.0) == moved


def test_a_window_far_away_is_left_for_good() -> None:
    far, near = Window(9.0e15, 9.1e15), Window(0.0, 1.0)
    assert far.towards(near, 1.0) == near
    assert far.towards(near, 1.0 - 1e-16).low < far.towards(near, 1.0 - 1e-16).high
    assert near.towards(far, 0.5) == Window(4.5e15, 4.55e15)


@given(
    low=st.floats(-1e30, 1e30),
    span=st.floats(1e-12, 1e30),
    target_low=st.floats(-1e30, 1e30),
    target_span=st.floats(1e-12, 1e30),
    weight=st.floats(0.0, 1.0),
)
def test_a_moved_window_is_a_window(
    low: float, span: float, target_low: float, target_span: float, weight: float
) -> None:
    shown, target = Window(low, low + span), Window(target_low, target_low + target_span)
    assume(shown.low < shown.high and target.low < target.high)
    moved = shown.towards(target, weight)
    assert moved.low < moved.high
