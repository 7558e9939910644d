"""A pose that moves: tremors leave the maps alone, what can be seen doesn't."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.registrar import Registrar
from nitedr_ros.geometry.steady_pose import NOTICEABLE_PX, SteadyPose, shift_px

PLANE = Plane(np.array((0.0, 0.0, 1.0)), 20.0)


def pose(x: float = 0.2, yaw: float = 0.0) -> Extrinsics:
    rotation, _ = cv2.Rodrigues(np.array((0.0, yaw, 0.0)))
    return Extrinsics(np.asarray(rotation, np.float64), np.array((x, 0.0, 0.0)))


@pytest.fixture
def registrar(make_info) -> Registrar:
    registrar = Registrar(GeometryConfig(registration='tf', rectify=True))
    registrar.visible_info = make_info(d=(-0.2, 0.0, 0.0, 0.0, 0.0))
    registrar.thermal_info = make_info(320, 256, focal=250.0)
    registrar.transform = pose()
    return registrar


def thermal_map(registrar: Registrar):
    return registrar.thermal_map(registrar.view(480, 640), 256, 320)


def test_the_shift_is_what_focal_length_and_distance_say(registrar) -> None:
    view = registrar.view(480, 640)
    focal = view.k[0, 0]
    # A step to the side is seen alike everywhere on a plane that faces the camera.
    assert shift_px(view, PLANE, pose(0.2), pose(0.24)) == pytest.approx(focal * 0.04 / 20.0)
    assert shift_px(view, PLANE, pose(), pose()) == pytest.approx(0.0, abs=1e-9)
    # A turn is seen most in the corners, and least in the middle, where it is f times the angle.
    turn = shift_px(view, PLANE, pose(), pose(yaw=1e-3))
    assert 1.2 * focal * 1e-3 < turn < 1.7 * focal * 1e-3
    assert shift_px(view, PLANE, pose(), Extrinsics(np.eye(3), np.array((0, 0, 21.0)))) == np.inf


@pytest.mark.parametrize('rectify', [True, False])
def test_the_shift_is_how_far_the_registered_image_moves(registrar, rectify) -> None:
    registrar.config = GeometryConfig(registration='tf', rectify=rectify)
    view = registrar.view(480, 640)
    before, after = pose(0.2), pose(0.3, 0.004)
    images = []
    blob = np.zeros((256, 320), np.float32)
    cv2.circle(blob, (160, 128), 8, 1.0, -1)
    for one in (before, after):
        registrar.transform = one
        images.append(thermal_map(registrar).apply_radiometric(blob))
    places = [np.argwhere(np.nan_to_num(image) > 0.5).mean(axis=0) for image in images]
    moved = float(np.hypot(*(places[1] - places[0])))
    most = shift_px(view, PLANE, before, after)
    assert 0.9 * moved < most < 1.8 * moved


def test_tremors_keep_the_map_and_a_drift_is_taken_in_noticeable_steps(registrar) -> None:
    first = thermal_map(registrar)
    rng = np.random.default_rng(1)
    for _ in range(50):
        registrar.transform = pose(0.2 + rng.uniform(-2e-3, 2e-3), rng.uniform(-1e-4, 1e-4))
        assert thermal_map(registrar) is first
    maps = [first]
    for step in range(200):
        registrar.transform = pose(yaw=2e-5 * step)
        found = thermal_map(registrar)
        if found is not maps[-1]:
            maps.append(found)
        used, _ = found.pose
        assert shift_px(found.view, PLANE, used, registrar.transform) < NOTICEABLE_PX
    # 4 mrad at 500 pixels of focal length are 2 to 3 pixels.
    assert 8 <= len(maps) <= 13


def test_another_view_or_plane_takes_the_pose_as_it_is(registrar) -> None:
    steady, view = SteadyPose(), registrar.view(480, 640)
    first, near = pose(0.2), pose(0.2001)
    assert steady.follow(first, view, PLANE) is first
    assert steady.follow(near, view, PLANE) is first
    assert steady.follow(near, view, Plane(PLANE.normal, 19.0)) is near
    assert steady.follow(first, view, Plane(PLANE.normal, 19.0)) is near
    registrar.config = GeometryConfig(processing_size=(320, 240))
    assert steady.follow(first, registrar.view(480, 640), Plane(PLANE.normal, 19.0)) is first


def test_a_pose_behind_the_plane_is_said_and_left_again(registrar) -> None:
    first = thermal_map(registrar)
    registrar.transform = Extrinsics(np.eye(3), np.array((0.0, 0.0, 25.0)))
    with pytest.raises(CalibrationError, match='beyond both cameras'):
        thermal_map(registrar)
    registrar.transform = pose()
    np.testing.assert_array_equal(thermal_map(registrar).mask, first.mask)
