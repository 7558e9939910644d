"""Image messages as frames, from rclpy or from a bag reader alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.compressed import frame_from_compressed
from nitedr_ros.frames.raw import frame_from_raw

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame


def frame_from_message(message: Any) -> Frame:
    """Make a frame of a sensor_msgs/Image or sensor_msgs/CompressedImage.

    Any object with the fields of one of the two will do. The frame may share the memory of the
    message. Raises FrameError if it is neither, or can't be decoded.
    """
    try:
        stamp = message.header.stamp
        stamp_ns = int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)
        frame_id = str(message.header.frame_id)
        data = message.data
        if hasattr(message, 'encoding'):
            return frame_from_raw(
                stamp_ns,
                frame_id,
                str(message.encoding),
                int(message.height),
                int(message.width),
                int(message.step),
                data,
                bool(message.is_bigendian),
            )
        return frame_from_compressed(stamp_ns, frame_id, str(message.format), data)
    except AttributeError:
        raise FrameError(
            'image message: expected sensor_msgs/Image or sensor_msgs/CompressedImage, '
            f'got {type(message).__name__}; check the topic'
        ) from None
