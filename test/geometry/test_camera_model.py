"""Cameras by their calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.pixels import pixel_grid

_LENSES = {
    'plumb_bob': (-0.3, 0.1, 1e-3, -2e-3, -0.01),
    'rational_polynomial': (0.5, 0.05, 1e-3, -1e-3, 0.002, 0.7, 0.1, 0.005),
    'equidistant': (-0.03, 0.01, -0.005, 0.001),
}


@pytest.mark.parametrize('model', _LENSES)
def test_every_pixel_comes_back_from_its_ray(make_info, model) -> None:
    camera = CameraModel.of(make_info(model=model, d=_LENSES[model]), 480, 640)
    pixels = pixel_grid(480, 640)[::7, ::7]
    rays = camera.rays(pixels)
    assert np.all(rays[..., 2] == 1.0)
    np.testing.assert_allclose(camera.project(rays * 3.0), pixels, atol=1e-6)


@pytest.mark.parametrize('model', _LENSES)
def test_projects_as_opencv(make_info, project_by_opencv, model) -> None:
    info = make_info(model=model, d=_LENSES[model])
    points = np.random.default_rng(0).uniform((-4, -3, 8), (4, 3, 30), (200, 3))
    np.testing.assert_allclose(
        CameraModel.of(info, 480, 640).project(points),
        project_by_opencv(points, info),
        atol=1e-9,
    )


def test_sees_nothing_behind_and_nothing_where_the_lens_turns_back(make_info) -> None:
    camera = CameraModel.of(make_info(d=(-0.3, 0.0, 0.0, 0.0, 0.0)), 480, 640)
    unseen = np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 0.0], [1.2, 0.0, 1.0], [np.nan, 0.0, 1.0]])
    assert np.isnan(camera.project(unseen)).all()
    # The radius of this lens never exceeds 0.703, that is 351 pixels.
    assert np.isnan(camera.rays(camera.k[:2, 2] + [355.0, 0.0])).all()


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(0, 200), st.integers(0, 100)),
    st.tuples(st.integers(10, 100), st.integers(10, 90)),
)
def test_binning_and_region_average_and_crop(make_info, binning, offset, size) -> None:
    (bin_x, bin_y), (x, y), (width, height) = binning, offset, size
    full = make_info(640, 480)
    roi = RegionOfInterest(x, y, width * bin_x, height * bin_y)
    info = replace(full, binning_x=bin_x, binning_y=bin_y, roi=roi)
    camera = CameraModel.of(info, height, width)
    # What the mean of the binned sensor pixels' places is.
    u, v = 3, 2
    sensor = (x + u * bin_x + (bin_x - 1) / 2.0, y + v * bin_y + (bin_y - 1) / 2.0)
    whole = CameraModel.of(full, 480, 640)
    np.testing.assert_allclose(
        camera.rays(np.array([u, v], float)), whole.rays(np.array(sensor)), atol=1e-12
    )
    rectified = whole.rectified().rays(np.array(sensor))
    np.testing.assert_allclose(
        camera.rectified().rays(np.array([u, v], float)), rectified, atol=1e-12
    )
    assert camera.k[0, 2] == pytest.approx((full.k[2] - x + 0.5) / bin_x - 0.5)


def test_a_changed_resolution_keeps_the_outer_borders(make_info) -> None:
    whole = CameraModel.of(make_info(640, 480), 480, 640)
    half = CameraModel.of(make_info(640, 480), 240, 320)
    corners = np.array([[-0.5, -0.5], [639.5, 479.5]])
    np.testing.assert_allclose(
        half.rays(np.array([[-0.5, -0.5], [319.5, 239.5]])), whole.rays(corners), atol=1e-12
    )
    np.testing.assert_allclose(half.resized(480, 640).k, whole.k)


@pytest.mark.parametrize(('calibrated', 'shift'), [(512, 0.0), (516, 3.0)])
def test_telemetry_rows_shift_where_the_calibration_has_them(make_info, calibrated, shift) -> None:
    info = make_info(640, calibrated)
    camera = CameraModel.of(info, 512, 640, crop=(3, 1))
    assert camera.k[1, 2] == pytest.approx(info.k[5] - shift)
    assert camera.rectified_k[1, 2] == pytest.approx(info.p[6] - shift)


def test_zeros_mean_identity_and_k(make_info) -> None:
    bare = make_info(r=(0.0,) * 9, p=(0.0,) * 12)
    camera = CameraModel.of(bare, 480, 640)
    np.testing.assert_array_equal(camera.rotation, np.eye(3))
    np.testing.assert_array_equal(camera.rectified_k, np.reshape(bare.k, (3, 3)))
    assert camera.is_rectified


def test_a_stereo_baseline_is_scaled_with_the_projection(make_info) -> None:
    p = (500.0, 0.0, 320.0, -60.0, 0.0, 500.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    half = CameraModel.of(make_info(p=p), 240, 320)
    assert half.info.p[3] == pytest.approx(-30.0)
    assert half.rectified_k[0, 2] == pytest.approx(159.75)


def test_its_info_makes_the_same_camera(make_info) -> None:
    model = CameraModel.of(
        make_info(binning_x=2, binning_y=2, d=(-0.3, 0.1, 0.0, 0.0, 0.0), turn=(0.01, 0.0, 0.0)),
        240,
        320,
    )
    again = CameraModel.of(model.info, 240, 320)
    np.testing.assert_allclose(again.k, model.k)
    np.testing.assert_allclose(again.projection, model.projection)
    np.testing.assert_allclose(again.rotation, model.rotation, atol=1e-12)
    assert again.lens == model.lens


_K = (500.0, 0.0, 320.0, 0.0, 500.0, 240.0, 0.0, 0.0, 1.0)
_P = (500.0, 0.0, 320.0, 0.0, 0.0, 500.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ('change', 'says'),
    [
        ({'k': (0.0,) * 9}, 'K of zeros'),
        ({'k': ()}, 'K of 9 numbers, got 0'),
        ({'k': (np.nan, *_K[1:])}, 'finite numbers in K'),
        ({'k': (-500.0, *_K[1:])}, 'positive focal lengths in K, got -500 and 500'),
        ({'k': (*_K[:4], 0.0, *_K[5:])}, 'positive focal lengths in K, got 500 and 0'),
        ({'k': (*_K[:8], 0.0)}, 'K as fx, s, cx'),
        ({'k': _K[:3] + _K[3:6] + (0.1, 0.0, 1.0)}, 'K as fx, s, cx'),
        ({'p': _P[:9]}, 'P of 12 numbers, got 9'),
        ({'p': (*_P[:3], np.inf, *_P[4:])}, 'finite numbers in P'),
        ({'p': (*_P[:5], -500.0, *_P[6:])}, 'positive focal lengths in P'),
        ({'r': (1.0,) * 9}, 'rotation matrix'),
        ({'r': (2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0)}, 'rotation matrix'),
        ({'r': (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)}, 'rotation matrix'),
        ({'r': (1.0, 0.0)}, 'R of 9 numbers, got 2'),
        ({'distortion_model': 'fov'}, "got 'fov'"),
        ({'d': (0.1,)}, 'parameters d'),
        ({'width': 0}, 'size of the calibration, got 0x480'),
        ({'width': 800}, 'expected images of 800x480'),
        ({'height': 481}, 'got 640x480'),
        ({'roi': RegionOfInterest(600, 0, 100, 100)}, 'within 640x480, got 100x100 at 600, 0'),
        ({'roi': RegionOfInterest(0, 0, 320, 100)}, 'expected images of 320x100'),
        ({'binning_x': 2}, 'expected images of 320x480'),
        ({'binning_x': 1000}, 'expected images of 0x480'),
    ],
)
def test_a_bad_calibration_is_refused_in_one_line(change, says) -> None:
    good = CameraInfo(640, 480, 'plumb_bob', (0.0,) * 5, _K, (), _P)
    assert CameraModel.of(good, 480, 640).width == 640
    with pytest.raises(CalibrationError, match=says) as caught:
        CameraModel.of(replace(good, **change), 480, 640)
    assert '\n' not in str(caught.value)
