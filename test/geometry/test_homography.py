"""Homographies from points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.homography import fit_homography
from nitedr_ros.geometry.pixels import transform_pixels

_SQUARE = np.array([[50.0, 40.0], [600.0, 60.0], [580.0, 440.0], [70.0, 420.0]])


def _homography(numbers) -> np.ndarray:
    a, b, c, d, e, f, g, h = numbers
    return np.array(
        [[0.5 + a, b, 20 * c], [d, 0.5 + e, 20 * f], [5e-4 * g, 5e-4 * h, 1.0]], np.float64
    )


@settings(max_examples=50, deadline=None)
@given(st.tuples(*(st.floats(-0.2, 0.2),) * 8), st.integers(0, 30), st.integers(0, 2**31))
def test_exact_points_give_the_homography_back(numbers, more, seed) -> None:
    truth = _homography(numbers)
    extra = np.random.default_rng(seed).uniform((20, 20), (620, 460), (more, 2))
    visible = list(_SQUARE)
    for point in extra:
        # Points that happen to fall together are another test's.
        if np.linalg.norm(np.array(visible) - point, axis=1).min() > 20.0:
            visible.append(point)
    visible = np.array(visible)
    fit = fit_homography(visible, transform_pixels(truth, visible))
    np.testing.assert_allclose(
        transform_pixels(fit.matrix, visible), transform_pixels(truth, visible), atol=1e-3
    )
    assert fit.rms_px < 1e-3
    assert fit.residuals_px.shape == (len(visible),)


def test_residuals_are_distances_in_the_visible_image() -> None:
    truth = _homography((0.0,) * 8)
    grid = np.stack(np.meshgrid(np.linspace(20, 620, 8), np.linspace(20, 460, 6)), -1)
    visible = grid.reshape(-1, 2)
    thermal = transform_pixels(truth, visible)
    # 3 thermal pixels are 6 visible ones here.
    thermal[21, 0] += 3.0
    fit = fit_homography(visible, thermal)
    assert int(fit.residuals_px.argmax()) == 21
    assert fit.max_px == pytest.approx(6.0, abs=0.7)
    assert fit.rms_px == pytest.approx(np.sqrt(np.mean(fit.residuals_px**2)))
    assert fit.rms_px < 1.0


_LINE = np.column_stack((np.linspace(0, 600, 6), np.linspace(0, 450, 6)))


@pytest.mark.parametrize(
    ('visible', 'thermal', 'says'),
    [
        (_SQUARE[:3], _SQUARE[:3], 'at least 4 pairs of points, got 3'),
        (_SQUARE, _SQUARE[:3], 'as many visible as thermal points, got 4 and 3'),
        (_SQUARE * np.nan, _SQUARE, 'finite pixels'),
        (_SQUARE[[0, 1, 2, 1]], _SQUARE, 'visible points 2 and 4 at the same place'),
        (_SQUARE, _SQUARE[[0, 0, 2, 3]], 'thermal points 1 and 2 at the same place'),
        (_LINE, _LINE, 'span an area'),
        (_LINE + 0.2 * np.sin(_LINE), _LINE, 'span an area'),
        (np.append(_LINE[:3], [[50.0, 400.0]], axis=0), _SQUARE, 'span an area'),
        (_SQUARE, _SQUARE[[0, 1, 3, 2]], 'beyond the horizon'),
    ],
)
def test_points_that_say_too_little_are_refused_in_one_line(visible, thermal, says) -> None:
    with pytest.raises(CalibrationError, match=says) as caught:
        fit_homography(visible, thermal)
    assert '\n' not in str(caught.value)
