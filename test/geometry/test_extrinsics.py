"""Poses and planes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.extrinsics import Extrinsics, Plane

_numbers = st.floats(-1.0, 1.0)


@given(st.tuples(*(_numbers,) * 3), st.floats(0.1, 10.0), st.tuples(*(_numbers,) * 3))
def test_a_quaternion_is_the_rotation_that_opencv_makes(vector, length, translation) -> None:
    angle = float(np.linalg.norm(vector))
    assume(angle > 1e-6)
    axis = np.array(vector) / angle
    quaternion = length * np.append(axis * np.sin(angle / 2.0), np.cos(angle / 2.0))
    pose = Extrinsics.from_quaternion(quaternion, translation)
    expected, _ = cv2.Rodrigues(np.array(vector))
    np.testing.assert_allclose(pose.rotation, expected, atol=1e-12)
    there_and_back = pose.inverse() @ pose
    np.testing.assert_allclose(there_and_back.rotation, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(there_and_back.translation, 0.0, atol=1e-12)


def test_equal_poses_are_equal() -> None:
    pose = Extrinsics(np.eye(3), np.array((1.0, 2.0, 3.0)))
    same = Extrinsics(np.eye(3), np.array((1.0, 2.0, 3.0)))
    assert pose == same
    assert hash(pose) == hash(same)
    assert pose != Extrinsics.identity()
    with pytest.raises(ValueError, match='read-only'):
        pose.translation[0] = 5.0


@pytest.mark.parametrize(
    ('make', 'says'),
    [
        (lambda: Extrinsics.from_quaternion((0, 0, 0, 0), (0, 0, 0)), 'quaternion'),
        (lambda: Extrinsics.from_quaternion((0, 0, np.nan, 1), (0, 0, 0)), 'quaternion'),
        (lambda: Extrinsics.from_quaternion((0, 0, 1), (0, 0, 0)), 'quaternion'),
        (lambda: Extrinsics.identity().from_quaternion((0, 0, 0, 1), (0, 0)), 'translation'),
        (lambda: Extrinsics(np.eye(3), np.array((0, np.inf, 0))), 'translation'),
        (lambda: Extrinsics(2.0 * np.eye(3), np.zeros(3)), 'rotation matrix'),
        (lambda: Extrinsics(np.diag((1.0, 1.0, -1.0)), np.zeros(3)), 'rotation matrix'),
        (lambda: Plane(np.zeros(3), 10.0), 'normal'),
        (lambda: Plane(np.array((0.0, 0.0, 1.0)), 0.0), 'distance of 0.0 m'),
        (lambda: Plane(np.array((0.0, 0.0, 1.0)), np.nan), 'distance'),
    ],
)
def test_what_is_no_pose_and_no_plane_is_refused(make, says) -> None:
    with pytest.raises(CalibrationError, match=says):
        make()


def test_a_normal_has_unit_length() -> None:
    np.testing.assert_allclose(Plane(np.array((0.0, 3.0, 4.0)), 10.0).normal, (0.0, 0.6, 0.8))
