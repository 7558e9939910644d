from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nitedr_ros.thermal.dead_pixels import without_dead_pixels
from nitedr_ros.thermal.window import Window

WINDOW = Window(28_000.0, 29_000.0)


def ramp() -> np.ndarray:
    return np.linspace(28_000, 29_000, 600).reshape(20, 30)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
def test_a_clean_image_comes_back_itself(dtype: type) -> None:
    image = ramp().astype(dtype)
    assert without_dead_pixels(image, WINDOW) is image


@pytest.mark.parametrize('value', [0, 65_535, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('place', [(0, 0), (7, 9), (19, 29), (0, 12)])
def test_a_dead_pixel_becomes_the_mean_of_its_neighbours(
    value: float, place: tuple[int, int]
) -> None:
    dtype = np.uint16 if value in (0, 65_535) else np.float32
    image = ramp().astype(dtype)
    image[place] = value
    repaired = without_dead_pixels(image, WINDOW)
    assert abs(float(repaired[place]) - ramp()[place]) < 60
    others = np.arange(600).reshape(20, 30) != place[0] * 30 + place[1]
    np.testing.assert_array_equal(repaired[others], image[others])
    assert image[place] == value or np.isnan(value)


def test_dead_rows_columns_and_pairs_are_replaced() -> None:
    image = ramp().astype(np.float32)
    image[:, 8:10] = np.nan
    image[15] = np.nan
    image[3, 20:22] = np.inf
    repaired = without_dead_pixels(image, WINDOW)
    assert np.abs(repaired - ramp()).max() < 60


def test_an_area_without_an_image_stays() -> None:
    image = ramp().astype(np.uint16)
    image[:6, :7] = 0
    image[10, 20] = 0
    repaired = without_dead_pixels(image, WINDOW)
    assert not repaired[:6, :7].any()
    assert np.count_nonzero(repaired == 0) == 42


def test_a_small_hot_thing_stays() -> None:
    image = ramp().astype(np.uint16)
    image[9:12, 9:12] = 30_500
    image[10, 10] = 65_535
    np.testing.assert_array_equal(without_dead_pixels(image, WINDOW), image)


def test_an_image_that_is_not_radiometric_may_use_the_ends() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint16)
    assert without_dead_pixels(image, Window(1.0, 254.0)) is image
    assert without_dead_pixels(65_535 - image, Window(65_281.0, 65_534.0)).tolist() == (
        (65_535 - image).tolist()
    )


@given(hnp.arrays(np.bool_, (9, 11), elements=st.booleans()))
def test_what_is_valid_is_never_changed_and_what_is_replaced_lies_between(
    dead: np.ndarray,
) -> None:
    image = np.linspace(280, 290, 99, dtype=np.float32).reshape(9, 11)
    repaired = without_dead_pixels(np.where(dead, np.float32(np.nan), image), Window(280.0, 290.0))
    np.testing.assert_array_equal(repaired[~dead], image[~dead])
    found = repaired[np.isfinite(repaired)]
    assert ((found >= 280) & (found <= 290)).all()
    # What is left lies in areas of 3 x 3 or more.
    for row, column in np.argwhere(np.isnan(repaired)):
        assert (
            any(
                dead[top : top + 3, left : left + 3].sum() == 9
                for top in range(max(row - 3, 0), row + 1)
                for left in range(max(column - 3, 0), column + 1)
            )
            or min(row, column, 8 - row, 10 - column) < 2
        )
