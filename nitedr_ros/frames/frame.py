"""The one type for an image on its way through the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Frame:
    """An image with its stamp, optical frame and encoding.

    stamp_ns: time of exposure as the camera states it, nanoseconds since the epoch.
    frame_id: optical frame of the camera (REP-103: x right, y down, z forward).
    encoding: a ROS encoding name (sensor_msgs/image_encodings.hpp), see `encodings`.
    data: pixels in native byte order, [H, W] or [H, W, C]; nv12 and nv21 are [H * 3 / 2, W].
        May be a read-only view, with strides, of the message's own buffer: copy before writing.
    height, width: of the image, pixels.
    """

    stamp_ns: int
    frame_id: str
    encoding: str
    data: npt.NDArray[Any]
    height: int
    width: int
