import sys

import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from nitedr_ros.bags.messages import (
    camera_info_message,
    diagnostic_array_message,
    image_message,
    pinhole_camera_info,
    time_reference_message,
    transforms_message,
    uncalibrated_camera_info,
)
from nitedr_ros.bags.typestore import ros2_types
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest
from nitedr_ros.pipeline.status import STALE, Status
from nitedr_ros.synth.rig import StaticTransform

STAMP = 1_700_000_000_123_456_789


def through_cdr(message):
    """What a reader of the serialised message sees."""
    raw = ros2_types().serialize_cdr(message, message.__msgtype__)
    return ros2_types().deserialize_cdr(raw, message.__msgtype__)


@pytest.mark.parametrize(
    ('encoding', 'shape', 'dtype', 'step'),
    [
        ('rgb8', (3, 5, 3), 'u1', 15),
        ('mono8', (3, 5), 'u1', 5),
        ('mono16', (3, 5), '<u2', 10),
        ('mono16', (3, 5), '>u2', 10),
        ('32FC1', (3, 5), '<f4', 20),
        ('mono8', (0, 0), 'u1', 0),
    ],
)
def test_image_has_packed_rows_and_its_byte_order(encoding, shape, dtype, step):
    array = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
    image = through_cdr(image_message(STAMP, 'optical', encoding, array))
    assert (image.height, image.width, image.step) == (*shape[:2], step)
    assert image.encoding == encoding
    assert image.is_bigendian == (dtype[0] == '>')
    assert image.data.tobytes() == array.tobytes()
    assert image.header.frame_id == 'optical'
    assert (image.header.stamp.sec, image.header.stamp.nanosec) == (1_700_000_000, 123_456_789)


def test_native_byte_order_is_told():
    image = image_message(0, '', 'mono16', np.zeros((2, 2), np.uint16))
    assert image.is_bigendian == (sys.byteorder == 'big')


def test_contiguous_images_are_not_copied_and_others_are_packed():
    array = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    assert np.shares_memory(image_message(0, '', 'rgb8', array).data, array)
    turned = image_message(0, '', 'rgb8', array[:, ::-1])
    assert turned.data.tobytes() == array[:, ::-1].tobytes()


def test_camera_info_is_copied_with_another_stamp():
    matrix = np.array([[500.0, 0, 320], [0, 510, 240], [0, 0, 1]])
    source = pinhole_camera_info(1, 'old', 480, 640, matrix)
    info = through_cdr(camera_info_message(STAMP, 'new', source))
    assert (info.header.stamp.nanosec, info.header.frame_id) == (123_456_789, 'new')
    assert (info.height, info.width, info.distortion_model) == (480, 640, 'plumb_bob')
    np.testing.assert_array_equal(info.k.reshape(3, 3), matrix)
    np.testing.assert_array_equal(info.p.reshape(3, 4)[:, :3], matrix)
    np.testing.assert_array_equal(info.r.reshape(3, 3), np.eye(3))
    assert source.header.frame_id == 'old'


def test_camera_info_from_plain_values():
    source = CameraInfo(
        640,
        480,
        'rational_polynomial',
        tuple(0.1 * k for k in range(8)),
        k=tuple(float(k) for k in range(1, 10)),
        r=tuple(float(k) for k in range(11, 20)),
        p=tuple(float(k) for k in range(21, 33)),
        binning_x=2,
        binning_y=1,
        roi=RegionOfInterest(4, 6, 300, 200, do_rectify=True),
    )
    info = through_cdr(camera_info_message(STAMP, 'optical', source))
    assert (info.header.stamp.nanosec, info.header.frame_id) == (123_456_789, 'optical')
    assert CameraInfo.from_message(info) == source


def test_time_reference_holds_both_clocks():
    message = time_reference_message(STAMP, 'optical', STAMP - 1_000_000_000, 'gps')
    message = through_cdr(message)
    assert message.header.frame_id == 'optical'
    assert (message.header.stamp.sec, message.time_ref.sec) == (1_700_000_000, 1_699_999_999)
    assert message.header.stamp.nanosec == message.time_ref.nanosec == 123_456_789
    assert message.source == 'gps'


def test_transforms_hold_the_pose_of_the_child_in_the_parent():
    pose = StaticTransform('base', 'eye', (1.0, 2.0, 3.0), (0.0, 0.0, 0.6, 0.8))
    first, second = through_cdr(transforms_message(STAMP, [pose, pose])).transforms
    assert first == second
    assert (first.header.frame_id, first.child_frame_id) == ('base', 'eye')
    assert first.header.stamp.nanosec == 123_456_789
    place, turn = first.transform.translation, first.transform.rotation
    assert (place.x, place.y, place.z) == (1.0, 2.0, 3.0)
    assert (turn.x, turn.y, turn.z, turn.w) == (0.0, 0.0, 0.6, 0.8)


def test_a_camera_without_calibration_says_so():
    info = through_cdr(uncalibrated_camera_info(STAMP, 'optical', 480, 640))
    assert (info.height, info.width) == (480, 640)
    assert not any(value.any() for value in (info.d, info.k, info.r, info.p))


def test_diagnostics_carry_all_fields():
    status = Status(STALE, 'thermal', 'lost', 'boson', {'age_ms': '700', 'grüße': 'ja'})
    array = through_cdr(diagnostic_array_message(STAMP, [status, Status(0, 'all', 'fine')]))
    first, second = array.status
    assert (first.level, first.name, first.message, first.hardware_id) == (
        3,
        'thermal',
        'lost',
        'boson',
    )
    assert {v.key: v.value for v in first.values} == status.values
    assert (second.level, second.hardware_id, second.values) == (0, '', [])


@pytest.mark.parametrize(
    'name',
    [
        'sensor_msgs/msg/Image',
        'sensor_msgs/msg/CompressedImage',
        'sensor_msgs/msg/CameraInfo',
        'sensor_msgs/msg/TimeReference',
        'tf2_msgs/msg/TFMessage',
        'diagnostic_msgs/msg/DiagnosticArray',
    ],
)
def test_humble_and_jazzy_agree_on_the_types_written(name):
    humble, jazzy = get_typestore(Stores.ROS2_HUMBLE), get_typestore(Stores.ROS2_JAZZY)
    assert humble.hash_rihs01(name) == jazzy.hash_rihs01(name) == ros2_types().hash_rihs01(name)
    assert humble.generate_msgdef(name, ros_version=2) == jazzy.generate_msgdef(
        name, ros_version=2
    )
