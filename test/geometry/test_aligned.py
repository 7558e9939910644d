"""Resampling of an aligned thermal image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.geometry.aligned import register_aligned


def test_the_same_size_costs_nothing() -> None:
    thermal = np.zeros((4, 6), np.uint8)
    assert register_aligned(thermal, 4, 6) is thermal


@given(st.integers(2, 4), st.integers(8, 40), st.integers(8, 40))
def test_a_warm_spot_stays_where_it_is_in_the_view(factor: int, height: int, width: int) -> None:
    thermal = np.zeros((height, width), np.uint8)
    thermal[height // 3, width // 2] = 255
    large = register_aligned(thermal, height * factor, width * factor).astype(float)
    rows, columns = np.mgrid[0 : height * factor, 0 : width * factor]
    centre = ((rows * large).sum() / large.sum(), (columns * large).sum() / large.sum())
    expected = ((height // 3 + 0.5) * factor - 0.5, (width // 2 + 0.5) * factor - 0.5)
    np.testing.assert_allclose(centre, expected, atol=0.1)


def test_shrinking_averages() -> None:
    thermal = np.zeros((40, 40), np.uint8)
    thermal[:, ::2] = 200
    small = register_aligned(thermal, 10, 10)
    np.testing.assert_array_equal(small, np.full((10, 10), 100))


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_measured_values_keep_their_type(dtype) -> None:
    values = np.full((40, 50), 30123, dtype)
    large = register_aligned(values, 80, 100)
    assert large.dtype == dtype
    assert (large == 30123).all()
