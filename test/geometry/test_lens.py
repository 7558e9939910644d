"""Distortion, against OpenCV and its own inverse."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.lenses import PINHOLE, lens_of

# Largest magnitude of each parameter, in OpenCV's order.
_LARGEST = (0.35, 0.2, 0.005, 0.005, 0.1, 0.1, 0.1, 0.05, *(0.003,) * 4, 0.03, 0.03)
_KINDS = [('plumb_bob', 4), ('plumb_bob', 5), ('equidistant', 4)] + [
    ('rational_polynomial', count) for count in (8, 12, 14)
]


@st.composite
def lenses(draw):
    model, count = draw(st.sampled_from(_KINDS))
    unit = st.floats(-1.0, 1.0)
    largest = (0.05,) * 4 if model == 'equidistant' else _LARGEST[:count]
    return lens_of(model, tuple(draw(unit) * one for one in largest))


def _by_opencv(points, lens):
    rays = np.column_stack((points, np.ones(len(points))))[None]
    project = cv2.fisheye.projectPoints if lens.model == 'equidistant' else cv2.projectPoints
    pixels, _ = project(rays, np.zeros(3), np.zeros(3), np.eye(3), np.array(lens.d))
    return pixels.reshape(-1, 2)


@settings(max_examples=60, deadline=None)
@given(lenses(), st.integers(0, 2**32 - 1))
def test_distorts_as_opencv_within_the_limit_and_shows_nothing_beyond(lens, seed) -> None:
    points = np.random.default_rng(seed).uniform(-1.2, 1.2, (200, 2))
    distorted = lens.distort(points)
    seen = np.hypot(*points.T) < lens.limit
    np.testing.assert_array_equal(np.isfinite(distorted).all(axis=1), seen)
    np.testing.assert_allclose(distorted[seen], _by_opencv(points, lens)[seen], atol=1e-12)


def _slowest(lens, reach: float) -> float:
    """Return how slowly the distorted radius grows with the radius, at its slowest."""
    angle = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    radius = np.linspace(0.0, reach, 200)
    ways = np.stack((np.cos(angle), np.sin(angle)), axis=-1)[:, None] * radius[:, None]
    return np.diff(np.linalg.norm(lens.distort(ways), axis=-1)).min() / radius[1]


@settings(max_examples=60, deadline=None)
@given(lenses(), st.integers(0, 2**32 - 1))
def test_undistorting_is_the_inverse(lens, seed) -> None:
    # Where the radius has almost turned back, the inverse is ill-conditioned.
    reach = min(1.2, 0.9 * lens.limit)
    assume(_slowest(lens, reach) > 0.1)
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0.0, 2.0 * np.pi, 200), rng.uniform(0.0, reach, 200)
    points = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    back = lens.undistort(lens.distort(points))
    np.testing.assert_allclose(back, points, atol=1e-9)


def test_the_limit_is_where_the_radius_turns_back() -> None:
    lens = lens_of('plumb_bob', (-0.3, 0.0, 0.0, 0.0, 0.0))
    assert lens.limit == pytest.approx(1.0 / np.sqrt(0.9))
    farthest = lens.limit * (1.0 - 0.3 * lens.limit**2)
    radii = np.array([[0.0, 0.0], [0.999 * farthest, 0.0], [1.001 * farthest, 0.0]])
    undistorted = lens.undistort(radii)
    assert np.isfinite(undistorted[:2]).all()
    assert np.isnan(undistorted[2]).all()


def test_a_fisheye_sees_less_than_half_the_world() -> None:
    lens = lens_of('equidistant', (0.0, 0.0, 0.0, 0.0))
    assert lens.limit == np.inf
    assert not lens.straight
    np.testing.assert_allclose(lens.undistort(np.array([[np.pi / 4, 0.0]])), [[1.0, 0.0]])
    assert np.isnan(lens.undistort(np.array([[2.0, 0.0]]))).all()


@pytest.mark.parametrize('model', ['plumb_bob', ''])
def test_zeros_change_nothing(model) -> None:
    lens = lens_of(model, (0.0,) * 5)
    points = np.array([[5.0, 100.0]])
    assert lens.straight
    assert lens.distort(points) is points
    assert lens.undistort(points) is points


def test_no_model_and_no_parameters_is_a_pinhole() -> None:
    assert lens_of('', ()) is PINHOLE


@pytest.mark.parametrize(
    ('model', 'd', 'says'),
    [
        ('plumb_bob', (0.1,) * 8, '0 or 4 or 5 parameters'),
        ('rational_polynomial', (0.1,) * 5, '8 or 12 or 14 parameters'),
        ('equidistant', (), '4 parameters d of the model equidistant, got 0'),
        ('thin_prism', (0.1,) * 8, "got 'thin_prism'"),
        ('', (0.1,) * 5, "got ''"),
        ('plumb_bob', (np.nan,) * 5, 'finite'),
    ],
)
def test_bad_parameters_are_refused_in_one_line(model, d, says) -> None:
    with pytest.raises(CalibrationError, match=says) as caught:
        lens_of(model, d)
    assert '\n' not in str(caught.value)
