"""ROS messages of outputs, filled without a step for each element."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from sensor_msgs.msg import CameraInfo as CameraInfoMessage
from sensor_msgs.msg import CompressedImage, Image

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pipeline.output import encoding_of
from nitedr_ros.pipeline.status import Status

_NS = 1_000_000_000


def time_message(stamp_ns: int) -> Time:
    """Return a builtin_interfaces/msg/Time of nanoseconds since the epoch."""
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    return Time(sec=seconds, nanosec=nanoseconds)


class ImageFiller:
    """Fills one sensor_msgs/msg/Image again and again; its memory serves as long as sizes stay.

    Publishing serialises a message before it returns, so it may be filled anew after that.
    """

    def __init__(self) -> None:
        self._message = Image(is_bigendian=int(sys.byteorder == 'big'))
        self._data = array('B')

    def fill(self, stamp_ns: int, frame_id: str, image: npt.NDArray[Any]) -> Image:
        """Return the message of an image, rgb8, mono8, mono16 or 32FC1 by its shape and dtype.

        image: uint8 [H, W, 3] RGB, or uint8, uint16 or float32 [H, W], native byte order.
        """
        message = self._message
        source = np.ascontiguousarray(image).reshape(-1).view(np.uint8)
        if len(self._data) != source.size:
            # Anything but an array is checked byte by byte. Whether the message keeps the array or
            # a copy depends on the version of ROS 2 and on ROS_PYTHON_CHECK_FIELDS.
            message.data = array('B', bytes(source.size))
            self._data = message.data
        np.frombuffer(self._data, np.uint8)[:] = source
        message.header.stamp = time_message(stamp_ns)
        message.header.frame_id = frame_id
        message.height, message.width = image.shape[:2]
        message.encoding = encoding_of(image)
        message.step = source.size // max(image.shape[0], 1)
        return message


def compressed_message(
    stamp_ns: int, frame_id: str, image: npt.NDArray[np.uint8], quality: int
) -> CompressedImage:
    """Return a sensor_msgs/msg/CompressedImage, JPEG, of uint8 [H, W, 3] RGB or [H, W].

    quality: 1 to 100. `format` reads as compressed_image_transport writes it.
    """
    colour = image.ndim == 3
    source = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if colour else image
    content = cv2.imencode('.jpg', source, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    message = CompressedImage()
    message.header.stamp = time_message(stamp_ns)
    message.header.frame_id = frame_id
    message.format = 'rgb8; jpeg compressed bgr8' if colour else 'mono8; jpeg compressed mono8'
    message.data = array('B', content.tobytes())
    return message


class CameraInfoFiller:
    """Fills one sensor_msgs/msg/CameraInfo; the calibration is written when it has changed."""

    def __init__(self) -> None:
        self._message = CameraInfoMessage()
        self._filled: CameraInfo | None = None

    def fill(
        self, stamp_ns: int, frame_id: str, info: CameraInfo | None, height: int, width: int
    ) -> CameraInfoMessage:
        """Return the message; info None: not calibrated, all zero but the size (REP-104)."""
        calibration = info or CameraInfo(width=width, height=height)
        if calibration != self._filled:
            self._message = _camera_info_message(calibration)
            self._filled = calibration
        self._message.header.stamp = time_message(stamp_ns)
        self._message.header.frame_id = frame_id
        return self._message


def _camera_info_message(info: CameraInfo) -> CameraInfoMessage:
    message = CameraInfoMessage(
        height=info.height,
        width=info.width,
        distortion_model=info.distortion_model,
        d=list(info.d),
        k=list(info.k),
        r=list(info.r),
        p=list(info.p),
        binning_x=info.binning_x,
        binning_y=info.binning_y,
    )
    for name in ('x_offset', 'y_offset', 'height', 'width', 'do_rectify'):
        setattr(message.roi, name, getattr(info.roi, name))
    return message


def diagnostics_message(stamp_ns: int, statuses: Iterable[Status]) -> DiagnosticArray:
    """Return a diagnostic_msgs/msg/DiagnosticArray."""
    message = DiagnosticArray(
        status=[
            DiagnosticStatus(
                level=bytes([status.level]),
                name=status.name,
                message=status.message,
                hardware_id=status.hardware_id,
                values=[KeyValue(key=key, value=value) for key, value in status.values.items()],
            )
            for status in statuses
        ]
    )
    message.header.stamp = time_message(stamp_ns)
    return message
