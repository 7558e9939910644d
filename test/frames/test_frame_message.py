from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.message import frame_from_message

STORE = get_typestore(Stores.ROS2_JAZZY)
STAMP_NS = 1_700_000_000_123_456_789
RGB = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)


def header() -> Any:
    stamp = STORE.types['builtin_interfaces/msg/Time'](1_700_000_000, 123_456_789)
    return STORE.types['std_msgs/msg/Header'](stamp, 'visible_optical')


def image() -> Any:
    make = STORE.types['sensor_msgs/msg/Image']
    return make(header(), 4, 6, 'rgb8', 0, 18, RGB.reshape(-1))


def compressed(image_format: str, data: np.ndarray[Any, Any]) -> Any:
    return STORE.types['sensor_msgs/msg/CompressedImage'](header(), image_format, data)


def through_a_bag(message: Any) -> Any:
    data = STORE.serialize_cdr(message, message.__msgtype__)
    return STORE.deserialize_cdr(data, message.__msgtype__)


def as_of_rclpy(message: Any) -> Any:
    fields = {name: getattr(message, name) for name in message.__dataclass_fields__}
    return SimpleNamespace(**{**fields, 'data': array('B', message.data.tobytes())})


@pytest.mark.parametrize('form', [through_a_bag, as_of_rclpy])
def test_images_become_frames_that_share_their_memory(form: Any) -> None:
    message = form(image())
    frame = frame_from_message(message)
    assert (frame.stamp_ns, frame.frame_id) == (STAMP_NS, 'visible_optical')
    assert (frame.encoding, frame.height, frame.width) == ('rgb8', 4, 6)
    np.testing.assert_array_equal(frame.data, RGB)
    assert np.shares_memory(frame.data, np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize('form', [through_a_bag, as_of_rclpy])
def test_compressed_images_become_frames(form: Any) -> None:
    data = cv2.imencode('.png', RGB[..., ::-1])[1]
    frame = frame_from_message(form(compressed('rgb8; png compressed bgr8', data)))
    assert (frame.stamp_ns, frame.frame_id) == (STAMP_NS, 'visible_optical')
    assert frame.encoding == 'bgr8'
    np.testing.assert_array_equal(frame.data, RGB[..., ::-1])


@pytest.mark.parametrize('form', [through_a_bag, as_of_rclpy])
@pytest.mark.parametrize('big', [False, True])
def test_the_byte_order_of_the_message_counts(form: Any, big: bool) -> None:
    counts = np.array([[1, 2], [256, 40_000]], np.uint16)
    data = np.frombuffer(counts.astype('>u2' if big else '<u2').tobytes(), np.uint8)
    make = STORE.types['sensor_msgs/msg/Image']
    message = form(make(header(), 2, 2, 'mono16', int(big), 4, data))
    np.testing.assert_array_equal(frame_from_message(message).data, counts)


def test_broken_images_are_refused() -> None:
    message = as_of_rclpy(image())
    message.data = message.data[:-1]
    with pytest.raises(FrameError, match='expected at least 72 bytes of data, got 71; '):
        frame_from_message(message)


@pytest.mark.parametrize('message', [None, object(), header()], ids=['None', 'object', 'Header'])
def test_other_messages_are_refused(message: Any) -> None:
    with pytest.raises(FrameError, match=r'expected sensor_msgs/Image or .*; check the topic'):
        frame_from_message(message)
