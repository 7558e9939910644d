"""Makes the ROS messages that the steps of a plan describe."""

from __future__ import annotations

import array
import importlib
import itertools
import time
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from geometry_msgs.msg import TransformStamped
from plan import CHANNELS, pixels
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

from nitedr_ros.bags.reader import BagReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plan import Step

_NS = 1_000_000_000
_CODECS = {'png': '.png', 'jpeg': '.jpg'}


def message_type(name: str) -> Any:
    """Return the class of a message by its full name, like sensor_msgs/msg/Image."""
    package, _, kind = name.split('/')
    return getattr(importlib.import_module(f'{package}.msg'), kind)


def restamp(message: Any, stamp_ns: int) -> None:
    """Set the stamp in the header."""
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, _NS)


def bag_messages(step: Step) -> Iterator[tuple[int, str, Any]]:
    """Yield the messages of a bag as (receive time, name of the topic to send on, message)."""
    topics = step['topics']
    with BagReader(step['path']) as reader:
        found = reader.messages(topics)
        for message in itertools.islice(found, step['limit'] or None):
            content = deserialize_message(bytes(message.cdr()), message_type(message.msgtype))
            yield message.receive_ns, topics[message.topic], content


def _image(step: Step) -> Image:
    width, height = step['size']
    message = _with_header(Image(), step)
    message.encoding = step['encoding']
    message.width, message.height = width, height
    picture = pixels(step['seed'], step['encoding'], width, height)
    message.step = picture.strides[0] + step['step_error']
    message.data = _sized(picture.tobytes(), step['size_error'])
    return message


def _compressed(step: Step) -> CompressedImage:
    encoding = step['encoding']
    message = _with_header(CompressedImage(), step)
    picture = pixels(step['seed'], encoding, *step['size'])
    # OpenCV takes what it writes as BGR.
    order = cv2.COLOR_RGB2BGR if encoding == 'rgb8' else None
    written = picture if order is None else np.asarray(cv2.cvtColor(picture, order))
    file = cv2.imencode(_CODECS[step['file']], written)[1].tobytes()
    coded = 'bgr8' if CHANNELS[encoding] > 1 else encoding
    message.format = f'{encoding}; {step["file"]} compressed {coded}'
    message.data = _sized(file, step['size_error'])
    return message


def _camera_info(step: Step) -> CameraInfo:
    message = _with_header(CameraInfo(), step)
    for name, value in step['fields'].items():
        setattr(message, name, value)
    if any(message.k):
        message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    return message


def _transform(step: Step) -> TFMessage:
    message = _with_header(TransformStamped(), step)
    message.child_frame_id = step['child']
    pose = message.transform
    pose.translation.x, pose.translation.y, pose.translation.z = step['translation']
    turn = pose.rotation
    turn.x, turn.y, turn.z, turn.w = step['rotation']
    return TFMessage(transforms=[message])


def _with_header(message: Any, step: Step) -> Any:
    stamp_ns = step['stamp_ns']
    restamp(message, time.time_ns() if stamp_ns is None else stamp_ns)
    message.header.frame_id = step['frame_id']
    return message


def _sized(data: bytes, error: int) -> array.array[int]:
    """Return the data, so many bytes longer or shorter, in the form that costs rclpy least."""
    return array.array('B', data + bytes(error) if error >= 0 else data[:error])


MESSAGE_MAKERS: dict[str, Callable[[Step], Any]] = {
    'image': _image,
    'compressed': _compressed,
    'camera_info': _camera_info,
    'transform': _transform,
}
"""How the message of a step is made, by what the step does."""
