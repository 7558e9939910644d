"""Structural similarity against its formula, written out window by window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.metrics.ssim import ssim, ssim_map


def by_the_formula(first: np.ndarray, second: np.ndarray, peak: float) -> np.ndarray:
    offsets = np.arange(11) - 5
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    rows, columns = first.shape[0] - 10, first.shape[1] - 10
    result = np.zeros((rows, columns))
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    for row in range(rows):
        for column in range(columns):
            x = first[row : row + 11, column : column + 11].astype(float)
            y = second[row : row + 11, column : column + 11].astype(float)
            mx, my = (weights * x).sum(), (weights * y).sum()
            vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
            cov = (weights * (x - mx) * (y - my)).sum()
            result[row, column] = (2 * mx * my + c1) * (2 * cov + c2)
            result[row, column] /= (mx**2 + my**2 + c1) * (vx + vy + c2)
    return result


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), peak=st.sampled_from([1.0, 255.0, 65535.0]))
def test_every_place_is_what_the_formula_says(seed: int, peak: float) -> None:
    rng = np.random.default_rng(seed)
    first = rng.random((14, 17)) * peak
    second = np.clip(first + rng.normal(0, 0.1 * peak, first.shape), 0, peak)
    expected = by_the_formula(first, second, peak)
    np.testing.assert_allclose(ssim_map(first, second, peak), expected, rtol=1e-7, atol=1e-9)
    assert ssim(first, second, peak) == pytest.approx(expected.mean())


def test_equal_images_give_one_whatever_their_type() -> None:
    image = np.random.default_rng(1).integers(0, 256, (20, 30), np.uint8)
    assert ssim(image, image.astype(np.float32)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    'shapes', [((20, 20), (20, 21)), ((10, 40), (10, 40)), ((20, 20, 3), (20, 20, 3))]
)
def test_images_that_cannot_be_compared_are_refused(shapes: tuple) -> None:
    with pytest.raises(ValueError, match='of one size'):
        ssim(*(np.zeros(shape) for shape in shapes))
