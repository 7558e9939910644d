"""Calibrations as messages bring them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest

_TYPES = get_typestore(Stores.ROS2_HUMBLE).types


def _message(k=None):
    header = _TYPES['std_msgs/msg/Header'](
        stamp=_TYPES['builtin_interfaces/msg/Time'](sec=1, nanosec=2), frame_id='camera'
    )
    roi = _TYPES['sensor_msgs/msg/RegionOfInterest'](
        x_offset=16, y_offset=8, height=240, width=320, do_rectify=True
    )
    return _TYPES['sensor_msgs/msg/CameraInfo'](
        header=header,
        height=480,
        width=640,
        distortion_model='plumb_bob',
        d=np.array([-0.3, 0.1, 0.0, 0.0, 0.0]),
        k=np.array([500.0, 0, 320, 0, 501, 240, 0, 0, 1]) if k is None else k,
        r=np.eye(3).ravel(),
        p=np.arange(12.0),
        binning_x=2,
        binning_y=1,
        roi=roi,
    )


def test_a_message_of_a_bag_is_taken_over() -> None:
    info = CameraInfo.from_message(_message())
    assert info == CameraInfo(
        640,
        480,
        'plumb_bob',
        (-0.3, 0.1, 0.0, 0.0, 0.0),
        (500.0, 0.0, 320.0, 0.0, 501.0, 240.0, 0.0, 0.0, 1.0),
        (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        tuple(float(n) for n in range(12)),
        2,
        1,
        RegionOfInterest(16, 8, 320, 240, do_rectify=True),
    )
    assert info.calibrated
    assert hash(info) == hash(CameraInfo.from_message(_message()))


def test_zeros_are_not_calibrated() -> None:
    assert not CameraInfo.from_message(_message(np.zeros(9))).calibrated


@pytest.mark.parametrize('message', [SimpleNamespace(width=640), _message('unknown')])
def test_something_else_is_refused(message) -> None:
    with pytest.raises(CalibrationError, match='expected a sensor_msgs/CameraInfo, got'):
        CameraInfo.from_message(message)


def test_one_view_at_two_sizes_is_one_view(make_info) -> None:
    info = make_info(640, 480, d=(-0.2, 0.1, 0.0, 0.0, 0.0), focal=500.0)
    k = np.array(info.k)
    small = replace(
        info,
        width=320,
        height=240,
        d=info.d[:4],
        k=(
            250.0,
            0.0,
            (k[2] + 0.5) / 2 - 0.5,
            0.0,
            k[4] / 2,
            (k[5] + 0.5) / 2 - 0.5,
            0.0,
            0.0,
            1.0,
        ),
    )
    assert info.shares_view(small)
    assert small.shares_view(info)
    assert not info.shares_view(replace(small, d=()))
    assert not info.shares_view(replace(small, distortion_model='equidistant'))
    assert not info.shares_view(make_info(640, 480, d=info.d, focal=520.0))
