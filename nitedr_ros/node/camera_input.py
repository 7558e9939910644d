"""The topics of one camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from message_filters import Subscriber
from rclpy.callback_groups import CallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from nitedr_ros.config.schema import TransportName
from nitedr_ros.node.qos import TopicEvents, input_qos, overridable
from nitedr_ros.pairing.sensor import Sensor


class CameraInput:
    """Subscribes to images and camera_info of one camera and hands them over.

    on_image gets every image; on_camera_info only a calibration that differs from the one before,
    as drivers send it again with every image. images, camera_infos: how many have come.
    """

    def __init__(
        self,
        node: LifecycleNodeMixin,
        sensor: Sensor,
        transport: TransportName,
        group: CallbackGroup,
    ) -> None:
        self.sensor = sensor
        self.transport = transport
        self.images = 0
        self.camera_infos = 0
        self._node, self._group = node, group
        # Subscribing remaps names; a name that is remapped twice may end as another camera's.
        self._image_name = f'{sensor.value}/image_raw'
        self._info_name = f'{sensor.value}/camera_info'
        if transport == 'compressed':
            self._image_name = f'{node.resolve_topic_name(self._image_name)}/compressed'
        self.image_topic = node.resolve_topic_name(self._image_name)
        self.info_topic = node.resolve_topic_name(self._info_name)
        warn = node.get_logger().warning
        self.image_events = TopicEvents(self.image_topic, 'subscription', warn)
        self.info_events = TopicEvents(self.info_topic, 'subscription', warn)
        self._image: Subscriber | None = None
        self._info: Subscriber | None = None
        self._calibration: tuple[object, ...] | None = None

    def subscribe_camera_info(self, on_camera_info: Callable[[Sensor, CameraInfo], None]) -> None:
        """Begin to listen to camera_info."""

        def changed(message: CameraInfo) -> None:
            self.camera_infos += 1
            calibration = _calibration(message)
            if calibration != self._calibration:
                self._calibration = calibration
                on_camera_info(self.sensor, message)

        self._info = self._subscribe(CameraInfo, self._info_name, self.info_events, changed)

    def subscribe_images(self, on_image: Callable[[Sensor, object], None]) -> None:
        """Begin to listen to images."""

        def arrived(message: object) -> None:
            self.images += 1
            on_image(self.sensor, message)

        kind = CompressedImage if self.transport == 'compressed' else Image
        self._image = self._subscribe(kind, self._image_name, self.image_events, arrived)

    def unsubscribe_images(self) -> None:
        """Stop listening to images."""
        if self._image is not None:
            self._node.destroy_subscription(self._image.sub)
            self._image = None

    def close(self) -> None:
        """Stop listening."""
        self.unsubscribe_images()
        if self._info is not None:
            self._node.destroy_subscription(self._info.sub)
            self._info = None

    def publishers(self) -> int:
        """Return how many publishers of the images there are."""
        count: int = self._node.count_publishers(self.image_topic)
        return count

    def _subscribe(
        self, kind: Any, name: str, events: TopicEvents, callback: Callable[[Any], None]
    ) -> Subscriber:
        subscriber = Subscriber(
            self._node,
            kind,
            name,
            qos_profile=input_qos(),
            callback_group=self._group,
            event_callbacks=events.subscription_callbacks(),
            qos_overriding_options=overridable(),
        )
        subscriber.registerCallback(callback)
        return subscriber


def _calibration(message: CameraInfo) -> tuple[object, ...]:
    """Return all that a camera_info says besides its stamp, to be compared."""
    roi = message.roi
    return (
        message.header.frame_id,
        message.height,
        message.width,
        message.distortion_model,
        bytes(message.d),
        bytes(message.k),
        bytes(message.r),
        bytes(message.p),
        message.binning_x,
        message.binning_y,
        (roi.x_offset, roi.y_offset, roi.height, roi.width, roi.do_rectify),
    )
