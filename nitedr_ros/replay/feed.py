"""Hands the messages of a recorded drive to the pipeline, each to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from nitedr_ros.bags.message import BagMessage
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import CameraTopics
from nitedr_ros.errors import FrameError
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.pipeline import Pipeline

TF, TF_STATIC = '/tf', '/tf_static'

_TF_TYPE = 'tf2_msgs/msg/TFMessage'


class BagFeed:
    """The messages of both cameras, in the order in which they were received.

    cameras: topics of the cameras' images and camera_info. also: further topics that are wanted;
    their messages go to on_other with the topic's name.
    """

    def __init__(
        self,
        reader: BagReader,
        topics: CameraTopics,
        pipeline: Pipeline,
        also: Collection[str] = (),
        on_other: Callable[[str, object], None] = lambda topic, message: None,
    ) -> None:
        self._reader, self._pipeline, self._on_other = reader, pipeline, on_other
        self._images = {
            topic: sensor
            for topic, sensor in zip((topics.visible, topics.thermal), Sensor, strict=True)
            if topic is not None
        }
        # Two images of one namespace have one camera_info.
        self._infos: dict[str, list[Sensor]] = {}
        for topic, sensor in zip((topics.visible_info, topics.thermal_info), Sensor, strict=True):
            if topic is not None:
                self._infos.setdefault(topic, []).append(sensor)
        self.cameras = frozenset(self._images) | frozenset(self._infos)
        self._wanted = self.cameras | frozenset(also) | {TF}

    def messages(self, on_progress: Callable[[int, int], None]) -> Iterator[BagMessage]:
        """Yield all messages; the bag's share of the time is noted as the stage `read`.

        What holds for the whole recording is learnt first: static transforms, and the first
        camera_info, which many drivers send after the image it belongs to.
        """
        self._learn()
        counts = {topic.name: topic.count for topic in self._reader.topics}
        total = sum(counts.get(topic, 0) for topic in self._wanted)
        messages = self._reader.messages(self._wanted)
        done = 0
        while True:
            with self._pipeline.clock.measure('read'):
                message = next(messages, None)
            if message is None:
                return
            yield message
            done += 1
            on_progress(done, total)

    def take(self, message: BagMessage) -> None:
        """Give one message to the pipeline; an image that can't be decoded is counted there."""
        pipeline, topic = self._pipeline, message.topic
        if topic == TF:
            self._learn_transforms(message)
            return
        sensor = self._images.get(topic)
        try:
            with pipeline.clock.measure('deserialise'):
                decoded = message.decode()
        except FrameError as error:
            if sensor is not None:
                pipeline.reject(sensor, message.receive_ns, str(error))
            return
        if sensor is not None:
            pipeline.offer(sensor, decoded, message.receive_ns)
        elif topic in self._infos:
            for owner in self._infos[topic]:
                pipeline.registration.learn_camera_info(owner, decoded)
        else:
            self._on_other(topic, decoded)

    def _learn(self) -> None:
        for message in self._reader.messages({TF_STATIC}):
            self._learn_transforms(message)
        registration = self._pipeline.registration
        for topic, sensors in self._infos.items():
            for message in self._reader.messages({topic}):
                with suppress(FrameError):
                    decoded = message.decode()
                    for sensor in sensors:
                        registration.learn_camera_info(sensor, decoded)
                break

    def _learn_transforms(self, message: BagMessage) -> None:
        """Take in transforms; what is on their topic and holds none is left out."""
        if message.msgtype == _TF_TYPE:
            with suppress(FrameError):
                self._pipeline.registration.learn_transforms(message.decode())
