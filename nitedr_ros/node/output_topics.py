"""Single output topics, on which only what somebody wants is sent."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from rclpy.publisher import Publisher

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.node.messages import CameraInfoFiller, ImageFiller, compressed_message


class ImageTopic:
    """An image, raw and, where a second publisher is given, compressed too."""

    def __init__(self, raw: Publisher, compressed: Publisher | None = None) -> None:
        self._raw, self._compressed = raw, compressed
        self._filler = ImageFiller()

    def wanted(self) -> bool:
        """Whether anybody subscribes to it, raw or compressed."""
        return _heard(self._raw) or _heard(self._compressed)

    def publish(
        self, stamp_ns: int, frame_id: str, image: npt.NDArray[Any] | None, quality: int
    ) -> None:
        """Send an image, see `ImageFiller`, to those who want it; None is nothing to send.

        quality: of the JPEG, 1 to 100.
        """
        if image is None:
            return
        if _heard(self._raw):
            self._raw.publish(self._filler.fill(stamp_ns, frame_id, image))
        if self._compressed is not None and _heard(self._compressed):
            self._compressed.publish(compressed_message(stamp_ns, frame_id, image, quality))


class CameraInfoTopic:
    """The camera_info beside an image."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._filler = CameraInfoFiller()

    def publish(
        self, stamp_ns: int, frame_id: str, image: npt.NDArray[Any] | None, info: CameraInfo | None
    ) -> None:
        """Send the calibration of an image; all zero where there is none (REP-104)."""
        if image is not None and _heard(self._publisher):
            height, width = image.shape[:2]
            self._publisher.publish(self._filler.fill(stamp_ns, frame_id, info, height, width))


def _heard(publisher: Publisher | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0
