"""The topics that come out of the pipeline, as the node names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nitedr_ros.bags.messages import (
    camera_info_message,
    diagnostic_array_message,
    image_message,
    uncalibrated_camera_info,
)
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.engines.engine import EngineInfo
from nitedr_ros.pipeline.frame_status import frame_status, pipeline_status
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.statistics import Statistics

FUSED = '/nitedr/fused'
DERAINED = '/nitedr/derained'
THERMAL_REGISTERED = '/nitedr/thermal_registered'
STATUS = '/nitedr/status'
DIAGNOSTICS = '/diagnostics'

DIAGNOSTICS_PERIOD_NS = 1_000_000_000


@dataclass
class OutputTopics:
    """Writes outputs to a bag: images with their camera_info, statuses, diagnostics once a second.

    camera_info: the visible camera's latest sensor_msgs/CameraInfo, None until one has come; the
    outputs are in its pixels, so it holds for them with their own stamps.
    """

    writer: BagWriter
    engine: EngineInfo
    camera_info: Any = None
    _next_diagnostics_ns: int | None = None

    def write(
        self, output: Output, statistics: Statistics, clock: StageClock, receive_ns: int
    ) -> None:
        """Write everything that belongs to one output, received at receive_ns."""
        stamp, frame_id = output.stamp_ns, output.frame_id
        height, width = output.fused.shape[:2]
        if self.camera_info is None:
            info = uncalibrated_camera_info(stamp, frame_id, height, width)
        else:
            info = camera_info_message(stamp, frame_id, self.camera_info)
        images = [(FUSED, 'rgb8', output.fused)]
        if output.derained is not None:
            images.append((DERAINED, 'rgb8', output.derained))
        for base, encoding, image in images:
            message = image_message(stamp, frame_id, encoding, image)
            self.writer.write(f'{base}/image', message, receive_ns)
            self.writer.write(f'{base}/camera_info', info, receive_ns)
        if output.thermal_registered is not None:
            message = image_message(stamp, frame_id, 'mono8', output.thermal_registered)
            self.writer.write(f'{THERMAL_REGISTERED}/image', message, receive_ns)
        status = diagnostic_array_message(stamp, [frame_status(output, statistics)])
        self.writer.write(STATUS, status, receive_ns)
        if self._next_diagnostics_ns is None or receive_ns >= self._next_diagnostics_ns:
            self._next_diagnostics_ns = receive_ns + DIAGNOSTICS_PERIOD_NS
            self.write_diagnostics(statistics, clock, receive_ns)

    def write_diagnostics(
        self, statistics: Statistics, clock: StageClock, receive_ns: int
    ) -> None:
        """Write the pipeline's summary."""
        status = pipeline_status(statistics, clock, self.engine)
        message = diagnostic_array_message(receive_ns, [status])
        self.writer.write(DIAGNOSTICS, message, receive_ns)
