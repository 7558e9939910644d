"""The output view against OpenCV, and its camera_info."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.registrar import Registrar

_LENSES = {
    'plumb_bob': (-0.28, 0.08, 1e-3, -2e-3, 0.0),
    'rational_polynomial': (0.5, 0.05, 1e-3, -1e-3, 0.002, 0.7, 0.1, 0.005),
    'equidistant': (-0.03, 0.01, -0.005, 0.001),
}
_EYE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def _view(info, height=480, width=640, **config):
    registrar = Registrar(GeometryConfig(**{'registration': 'homography', **config}))
    registrar.visible_info = info
    return registrar.view(height, width)


def _natural(height: int, width: int) -> np.ndarray:
    """Return an image with detail of all sizes, as pictures have."""
    rng = np.random.default_rng(0)
    image = np.zeros((height, width, 3))
    for octave in range(2, 8):
        noise = rng.normal(size=((height >> octave) + 2, (width >> octave) + 2, 3))
        image += 2.0**octave * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128.0 + 0.5 * image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize('model', _LENSES)
def test_agrees_with_opencv_to_a_grey_level(make_info, model) -> None:
    info = make_info(model=model, d=_LENSES[model], turn=(0.02, -0.01, 0.01))
    k, d, r = np.reshape(info.k, (3, 3)), np.array(info.d), np.reshape(info.r, (3, 3))
    p = np.reshape(info.p, (3, 4))[:, :3]
    initialise = cv2.initUndistortRectifyMap
    if model == 'equidistant':
        initialise = cv2.fisheye.initUndistortRectifyMap
    maps = initialise(k, d, r, p, (640, 480), cv2.CV_16SC2)
    image = _natural(480, 640)
    ours = _view(info).apply(image)
    theirs = cv2.remap(image, *maps, cv2.INTER_LINEAR)
    difference = np.abs(ours.astype(int) - theirs)
    assert ours.dtype == np.uint8
    assert difference.max() <= 1
    assert difference.mean() < 0.1


def test_a_pinhole_costs_nothing(make_info) -> None:
    bare = make_info(r=(0.0,) * 9, p=(0.0,) * 12)
    view = _view(bare)
    image = np.zeros((480, 640, 3), np.uint8)
    assert view.apply(image) is image
    assert view.enlarge(image) is image
    np.testing.assert_array_equal(view.k, np.reshape(bare.k, (3, 3)))


def test_a_pinhole_shrinks_by_area(make_info) -> None:
    bare = make_info(r=(0.0,) * 9, p=(0.0,) * 12)
    image = _natural(480, 640)
    small = _view(bare, processing_size=(320, 240)).apply(image)
    expected = cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(small, expected)


@pytest.mark.parametrize('rectify', [True, False])
def test_outputs_are_described_at_their_size(make_info, rectify) -> None:
    info = make_info(d=_LENSES['plumb_bob'], turn=(0.02, 0.0, 0.0), binning_x=2, binning_y=2)
    view = _view(info, 240, 320, processing_size=(160, 80), rectify=rectify)
    out, full = view.camera_info, view.full_camera_info
    assert (out.width, out.height, out.binning_x, out.roi.width) == (160, 80, 0, 0)
    assert (full.width, full.height, full.binning_x) == (320, 240, 0)
    matrix = info.p if rectify else info.k
    row = 4 if rectify else 3
    fx, cx, fy, cy = matrix[0], matrix[2], matrix[row + 1], matrix[row + 2]
    expected = (fx / 4, (cx + 0.5) / 4 - 0.5, fy / 6, (cy + 0.5) / 6 - 0.5)
    assert (out.k[0], out.k[2], out.k[4], out.k[5]) == pytest.approx(expected)
    np.testing.assert_allclose(np.reshape(out.k, (3, 3)), view.k)
    if rectify:
        assert (out.d, out.r) == ((0.0,) * 5, _EYE)
        assert (*out.p[:3], *out.p[4:7], *out.p[8:11]) == pytest.approx(out.k)
    else:
        assert out.d == info.d
        assert out.r == pytest.approx(info.r)
    assert full.k[0] == pytest.approx(fx / 2)


def test_enlarged_outputs_have_the_full_size(make_info) -> None:
    view = _view(make_info(), processing_size=(320, 240))
    assert view.enlarge(np.zeros((240, 320, 3), np.uint8)).shape == (480, 640, 3)
    assert view.enlarge(np.zeros((240, 320), np.uint8)).shape == (480, 640)


def test_what_the_lens_does_not_show_is_black(make_info) -> None:
    info = make_info(d=(-0.3, 0.0, 0.0, 0.0, 0.0), zoom=0.3)
    view = _view(info)
    white = view.apply(np.full((480, 640, 3), 255, np.uint8))
    assert white[240, 320].min() == 255
    # A turned-back polynomial would show the image a second time here.
    assert not white[:20].any()
    assert not white[:, :20].any()


def test_fine_stripes_do_not_alias_when_the_view_is_smaller(make_info) -> None:
    info = make_info(1920, 1080, d=_LENSES['plumb_bob'], focal=1500.0)
    view = _view(info, 1080, 1920, processing_size=(640, 480))
    stripes = np.zeros((1080, 1920, 3), np.uint8)
    stripes[:, ::2] = 200
    small = view.apply(stripes)[100:-100, 100:-100]
    assert np.abs(small.astype(int) - 100).max() <= 1


def test_aligned_cameras_are_not_rectified(make_info) -> None:
    info = make_info(d=_LENSES['plumb_bob'])
    view = _view(info, registration='aligned')
    image = _natural(480, 640)
    assert view.apply(image) is image
    assert view.camera_info is info
    assert view.full_camera_info is info
    small = _view(info, registration='aligned', processing_size=(320, 240))
    assert small.camera_info.d == info.d
    assert small.camera_info.k[0] == pytest.approx(info.k[0] / 2)
    assert small.full_camera_info is info


@pytest.mark.parametrize('info', [None, CameraInfo(640, 480)])
def test_aligned_cameras_need_no_calibration(info) -> None:
    view = _view(info, registration='aligned', processing_size=(320, 240))
    assert (view.height, view.width) == (240, 320)
    assert view.k is None
    assert view.camera_info is None
    with pytest.raises(ValueError, match='calibrated'):
        view.rays(np.zeros(2))


def test_aligned_cameras_pass_a_useless_calibration_over(make_info) -> None:
    wrong = make_info(d=(0.1,) * 3)
    view = _view(wrong, registration='aligned', processing_size=(320, 240))
    assert view.camera_info is None
    assert view.full_camera_info is wrong


def test_numbers_that_are_none_are_not_handed_on(make_info) -> None:
    wrong = make_info(d=(np.nan,) * 5)
    assert _view(wrong, registration='aligned').camera_info is None


@pytest.mark.parametrize(
    'change',
    [
        {'d': (-900.0, 0.0, 0.0, 0.0, 0.0)},
        {'p': (1e5, 0.0, -9e6, 0.0, 0.0, 1e5, -9e6, 0.0, 0.0, 0.0, 1.0, 0.0)},
    ],
)
def test_a_black_view_is_refused(make_info, change) -> None:
    with pytest.raises(CalibrationError, match=r'visible camera_info.* % black'):
        _view(make_info(**change), registration='extrinsics')
