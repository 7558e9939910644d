"""All that goes out, as far as anybody wants it."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.lifecycle import LifecycleNodeMixin
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from nitedr_ros.node.messages import diagnostics_message
from nitedr_ros.node.output_topics import CameraInfoTopic, ImageTopic
from nitedr_ros.node.qos import TopicEvents, output_qos, overridable
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.status import Status


class Outputs:
    """Publishes outputs; work that nobody subscribes to is not done.

    Private topics of the node: `fused/image`, `derained/image`, `thermal_registered/image`,
    `…/radiometric`, `…/mask` and `side_by_side/image`, `camera_info` beside the first three,
    `…/compressed` of the 8-bit images, and `status`. To be used by one thread at a time.
    """

    def __init__(self, node: LifecycleNodeMixin, clock: StageClock, jpeg_quality: int) -> None:
        self.jpeg_quality = jpeg_quality
        self.events: list[TopicEvents] = []
        self._node, self._clock = node, clock
        self._publishers: list[Publisher] = []
        self._fused = self._image('~/fused/image')
        self._derained = self._image('~/derained/image')
        self._thermal = self._image('~/thermal_registered/image')
        self._mask = self._image('~/thermal_registered/mask')
        self._radiometric = ImageTopic(self._publisher(Image, '~/thermal_registered/radiometric'))
        self._side_by_side = self._image('~/side_by_side/image')
        self._fused_info = self._camera_info('~/fused/camera_info')
        self._derained_info = self._camera_info('~/derained/camera_info')
        self._thermal_info = self._camera_info('~/thermal_registered/camera_info')
        self._status = self._publisher(DiagnosticArray, '~/status')

    def wants_anything(self) -> bool:
        """Whether anybody subscribes to any image or to the status."""
        as_they_are = (self._thermal, self._mask, self._radiometric)
        return (
            self.wants_restored()
            or any(topic.wanted() for topic in as_they_are)
            or self._status.get_subscription_count() > 0
        )

    def wants_restored(self) -> bool:
        """Whether anybody subscribes to an image that the engine makes."""
        return any(topic.wanted() for topic in (self._fused, self._derained, self._side_by_side))

    def deliver(self, output: Output, status: Status, arrival_ns: int, *, restored: bool) -> None:
        """Publish all that is wanted of an output, the fused image first.

        status: of the output; how old it is, is said in it here. arrival_ns: when its main image
        arrived, steady clock. restored: the engine has run; without it there is no fused and no
        de-rained image.
        """
        with self._clock.measure('publish'):
            if restored:
                self._publish_restored(output)
            self._publish_thermal(output)
        stamp_age_s = (self._node.get_clock().now().nanoseconds - output.stamp_ns) / 1e9
        self._clock.add('stamp_age', stamp_age_s)
        if self._status.get_subscription_count():
            age_ms = (time.monotonic_ns() - arrival_ns) / 1e6
            status.values['age_ms'] = f'{age_ms:.3f}'
            status.values['stamp_age_ms'] = f'{1e3 * stamp_age_s:.3f}'
            self._status.publish(diagnostics_message(output.stamp_ns, [status]))

    def close(self) -> None:
        """Withdraw all topics."""
        for publisher in self._publishers:
            self._node.destroy_lifecycle_publisher(publisher)
        self._publishers.clear()

    def _publish_restored(self, output: Output) -> None:
        stamp, frame, quality = output.stamp_ns, output.frame_id, self.jpeg_quality
        self._fused.publish(stamp, frame, output.fused, quality)
        self._fused_info.publish(stamp, frame, output.fused, output.image_info)
        self._derained.publish(stamp, frame, output.derained, quality)
        self._derained_info.publish(stamp, frame, output.derained, output.image_info)
        if self._side_by_side.wanted():
            self._side_by_side.publish(stamp, frame, _beside(output), quality)

    def _publish_thermal(self, output: Output) -> None:
        stamp, frame, quality = output.stamp_ns, output.frame_id, self.jpeg_quality
        self._thermal.publish(stamp, frame, output.thermal_registered, quality)
        self._radiometric.publish(stamp, frame, output.radiometric, quality)
        self._mask.publish(stamp, frame, output.mask, quality)
        self._thermal_info.publish(stamp, frame, output.thermal_registered, output.camera_info)

    def _image(self, topic: str) -> ImageTopic:
        raw = self._publisher(Image, topic)
        return ImageTopic(raw, self._publisher(CompressedImage, f'{topic}/compressed'))

    def _camera_info(self, topic: str) -> CameraInfoTopic:
        return CameraInfoTopic(self._publisher(CameraInfo, topic))

    def _publisher(self, kind: Any, topic: str) -> Publisher:
        resolved = self._node.resolve_topic_name(topic)
        events = TopicEvents(resolved, 'publisher', self._node.get_logger().warning)
        publisher = self._node.create_lifecycle_publisher(
            kind,
            topic,
            output_qos(),
            event_callbacks=events.publisher_callbacks(),
            qos_overriding_options=overridable(),
        )
        self.events.append(events)
        self._publishers.append(publisher)
        return publisher


def _beside(output: Output) -> npt.NDArray[np.uint8]:
    """Return uint8 [H, 2 W, 3] RGB: on the left what the camera sees, on the right the fused."""
    fused = output.fused
    before = fused if output.visible is None else output.visible
    if before.shape != fused.shape:
        before = np.asarray(cv2.resize(before, fused.shape[1::-1]), np.uint8)
    return np.hstack([before, fused])
