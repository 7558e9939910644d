from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.synth.config import DriveConfig
from nitedr_ros.synth.lens import Lens, LensName, lenses
from nitedr_ros.synth.rig import Rig, RigCamera

BENT: tuple[LensName, ...] = ('plumb_bob', 'rational_polynomial', 'equidistant')
LENSES: tuple[LensName, ...] = (*BENT, 'none')
COORDINATE = st.floats(-0.58, 0.58)


def cameras(name: LensName) -> tuple[RigCamera, RigCamera]:
    rig = Rig.of(DriveConfig(lens=name))
    return rig.visible, rig.thermal


@pytest.mark.parametrize('name', LENSES)
@settings(max_examples=40)
@given(x=COORDINATE, y=COORDINATE)
def test_undistorting_is_the_inverse(name: LensName, x: float, y: float) -> None:
    for lens in lenses(name):
        ray = np.array([[x, 0.8 * y]])
        assert np.abs(lens.undistort(lens.distort(ray)) - ray).max() < 1e-7


@pytest.mark.parametrize('name', BENT)
def test_lenses_bend_inwards_and_never_turn_back(name: LensName) -> None:
    for lens in lenses(name):
        radius = np.linspace(0.0, 0.8, 200)
        bent = lens.distort(np.stack([radius, np.zeros_like(radius)], axis=1))[:, 0]
        assert (np.diff(bent) > 0).all()
        assert 0.85 < bent[140] / radius[140] < 0.95


def test_equidistant_is_the_angle_to_the_axis() -> None:
    bent = Lens('equidistant', (0.0, 0.0, 0.0, 0.0)).distort(np.array([[np.tan(0.5), 0.0]]))
    assert np.allclose(bent, [[0.5, 0.0]])


@pytest.mark.parametrize('name', LENSES)
def test_every_pixel_of_the_rectified_view_has_been_seen_and_little_is_lost(
    name: LensName,
) -> None:
    for camera in cameras(name):
        view, image = camera.rectified, camera.pinhole
        u, v = np.meshgrid(np.arange(view.width), np.arange(view.height))
        edge = (u == 0) | (v == 0) | (u == view.width - 1) | (v == view.height - 1)
        rays = view.normalise(np.stack([u[edge], v[edge]], axis=1).astype(np.float64))
        seen = camera.lens.distort(rays) * (image.fx, image.fy) + (image.cx, image.cy)
        size = np.array([image.width - 1, image.height - 1])
        assert seen.min() >= -1e-6
        assert (seen <= size + 1e-6).all()
        assert np.abs(np.concatenate([seen, seen - size])).min(axis=0).max() < 1.0


@pytest.mark.parametrize('name', ['plumb_bob', 'rational_polynomial'])
def test_the_rectified_view_is_what_a_calibrator_chooses(name: LensName) -> None:
    for camera in cameras(name):
        info = camera.info
        size = (info.width, info.height)
        k = np.array(info.k).reshape(3, 3)
        chosen, _ = cv2.getOptimalNewCameraMatrix(k, np.array(info.d), size, 0.0)
        assert np.allclose(np.array(info.p).reshape(3, 4)[:, :3], chosen, rtol=0.02, atol=3.0)


@pytest.mark.parametrize('name', LENSES)
def test_the_visible_camera_sees_58_degrees_and_the_thermal_one_nearly_all_of_it(
    name: LensName,
) -> None:
    visible, thermal = cameras(name)
    view = visible.rectified
    across = np.degrees(np.arctan(view.normalise(np.array([[0.0, 0.0], [639.0, 0.0]]))[:, 0]))
    assert 56.5 < across[1] - across[0] < 59.0
    u, v = np.meshgrid(np.arange(0, 640, 4), np.arange(0, 480, 4))
    rays = view.normalise(np.stack([u, v], axis=2).reshape(-1, 2).astype(np.float64))
    far = np.column_stack([rays, np.ones(len(rays))]) @ thermal.rotation
    bent = thermal.lens.distort(far[:, :2] / far[:, 2:])
    image = thermal.pinhole
    u_t = bent[:, 0] * image.fx + image.cx
    v_t = bent[:, 1] * image.fy + image.cy
    seen = (u_t >= 0) & (u_t <= image.width - 1) & (v_t >= 0) & (v_t <= image.height - 1)
    assert 0.95 < seen.mean() < 1.0
