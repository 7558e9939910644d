"""All that lives from configure to cleanup."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.node.camera_input import CameraInput
from nitedr_ros.node.health import CameraHealth, camera_status
from nitedr_ros.node.outputs import Outputs
from nitedr_ros.node.rates import RateMeter
from nitedr_ros.node.transform_input import TransformInput
from nitedr_ros.node.worker import Worker
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import HARDWARE_ID
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.status import ERROR, OK, WARN, Status

RECENT = 512
"""Frames over which /diagnostics gives latencies."""


class Session:
    """Topics, pipeline and worker of a configured node."""

    def __init__(
        self,
        node: LifecycleNodeMixin,
        config: Config,
        engine: Engine,
        calibrations: Mapping[Sensor, CameraInfo],
        on_error: Callable[[Exception], None],
    ) -> None:
        """calibrations: of cameras whose camera_info is not to be taken from a topic."""
        self.engine = engine
        self.calibrations = calibrations
        pipeline = Pipeline(config, engine, StageClock(recent=RECENT))
        for sensor, info in calibrations.items():
            pipeline.registration.learn_camera_info(sensor, info)
        self._outputs = Outputs(node, pipeline.clock, config.node.jpeg_quality)
        self._worker = Worker(pipeline, self._outputs, config.node, on_error)
        self._inbox = self._worker.inbox
        # Images of both cameras come one by one, in the order of their arrival.
        group = MutuallyExclusiveCallbackGroup()
        transports = (config.node.visible_transport, config.node.thermal_transport)
        self._cameras = [
            CameraInput(node, sensor, transport, group)
            for sensor, transport in zip(Sensor, transports, strict=True)
        ]
        for camera in self._cameras:
            if camera.sensor not in calibrations:
                camera.subscribe_camera_info(self._learn_camera_info)
        self._transforms = TransformInput(node, group, self._learn_transforms)
        self._rates = {name: RateMeter() for name in ('visible', 'thermal', 'outputs')}
        self._worker.start()

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the outputs, pixels; None before the first."""
        return self._worker.snapshot.size

    @property
    def busy_s(self) -> float:
        """How long the worker has been at its present step."""
        since_ns = self._worker.busy_since_ns
        return 0.0 if since_ns is None else (time.monotonic_ns() - since_ns) / 1e9

    def activate(self) -> None:
        """Begin to take images."""
        self._worker.active = True
        for camera in self._cameras:
            camera.subscribe_images(self._inbox.put_image)

    def deactivate(self) -> None:
        """Take no more images; what waits is decided and goes nowhere."""
        self._worker.active = False
        for camera in self._cameras:
            camera.unsubscribe_images()
        self._inbox.put_task(lambda pipeline: pipeline.finish())

    def close(self, timeout_s: float) -> bool:
        """Withdraw all topics and end the worker; False where it is still at a frame."""
        for camera in self._cameras:
            camera.close()
        self._transforms.close()
        ended = self._worker.stop(timeout_s)
        self._outputs.close()
        return ended

    def reconfigure(self, config: Config) -> None:
        """Change what can be changed at run time, but for the engine."""
        self._worker.config = config.node
        self._outputs.jpeg_quality = config.node.jpeg_quality
        self._inbox.put_task(lambda pipeline: pipeline.reconfigure(config))

    def use_engine(self, engine: Engine) -> None:
        """Go on with another engine from the next frame on."""
        self.engine = engine
        self._inbox.put_task(lambda pipeline: pipeline.use_engine(engine))

    def statuses(self, active: bool) -> list[Status]:
        """Return the statuses of the pipeline, of the cameras while active, and of the outputs."""
        snapshot, now_ns = self._worker.snapshot, time.monotonic_ns()
        statuses = []
        if snapshot.status is not None:
            rate = self._rates['outputs'].read(snapshot.outputs, snapshot.taken_ns)
            status = snapshot.status
            values = {'output_rate_hz': f'{rate:.2f}', **status.values}
            # Nothing has gone out is no error where nothing was to.
            level = OK if status.level == ERROR and not active else status.level
            name = status.name.removeprefix('nitedr: ')
            statuses.append(Status(level, name, status.message, status.hardware_id, values))
        if active:
            for camera in self._cameras:
                name = camera.sensor.value
                rate = self._rates[name].read(camera.images, now_ns)
                statuses.append(camera_status(name, self._health(camera, rate)))
        problems = [events.problem for events in self._outputs.events if events.problem]
        late = sum(events.late for events in self._outputs.events)
        message = problems[0] if problems else 'published'
        values = {'deadlines_missed': str(late)}
        level = WARN if problems else OK
        statuses.append(Status(level, 'outputs', message, HARDWARE_ID, values))
        return statuses

    def _health(self, camera: CameraInput, rate_hz: float) -> CameraHealth:
        snapshot = self._worker.snapshot
        rejected = [line for line in snapshot.rejections if f' {camera.sensor.value} ' in line]
        calibration = f'{camera.camera_infos} on {camera.info_topic}'
        if camera.sensor in self.calibrations:
            calibration = 'from a file'
        elif not camera.camera_infos:
            calibration = f'none on {camera.info_topic}'
        return CameraHealth(
            topic=camera.image_topic,
            publishers=camera.publishers(),
            received=camera.images,
            rate_hz=rate_hz,
            lost=camera.image_events.lost,
            late=camera.image_events.late,
            calibration=calibration,
            rejection=rejected[0] if rejected else '',
            problem=camera.image_events.problem or camera.info_events.problem,
        )

    def _learn_camera_info(self, sensor: Sensor, message: Any) -> None:
        self._inbox.put_task(
            lambda pipeline: pipeline.registration.learn_camera_info(sensor, message)
        )
        if sensor is Sensor.VISIBLE and message.height and message.width:
            self._worker.expect(message.height, message.width)

    def _learn_transforms(self, message: Any) -> None:
        self._inbox.put_task(lambda pipeline: pipeline.registration.learn_transforms(message))
