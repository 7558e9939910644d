"""The topics that come out of the pipeline, as the node names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from nitedr_ros.bags.messages import (
    camera_info_message,
    diagnostic_array_message,
    image_message,
    uncalibrated_camera_info,
)
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pipeline.frame_status import frame_status, pipeline_status
from nitedr_ros.pipeline.output import Output, encoding_of
from nitedr_ros.pipeline.pipeline import Pipeline

FUSED = '/nitedr/fused'
DERAINED = '/nitedr/derained'
THERMAL_REGISTERED = '/nitedr/thermal_registered'
STATUS = '/nitedr/status'
DIAGNOSTICS = '/diagnostics'

DIAGNOSTICS_PERIOD_NS = 1_000_000_000


@dataclass
class OutputTopics:
    """Writes outputs to a bag: images with their camera_info, statuses, diagnostics once a second.

    Every namespace has one camera_info, all zero (REP-104) where the camera is not calibrated.
    """

    writer: BagWriter
    pipeline: Pipeline
    _next_diagnostics_ns: int | None = None

    def write(self, output: Output, receive_ns: int) -> None:
        """Write everything that belongs to one output, received at receive_ns."""
        self._write(FUSED, output, receive_ns, {'image': output.fused}, output.image_info)
        if output.derained is not None:
            self._write(
                DERAINED, output, receive_ns, {'image': output.derained}, output.image_info
            )
        if output.thermal_registered is not None:
            images = {'image': output.thermal_registered}
            if output.radiometric is not None:
                images['radiometric'] = output.radiometric
            if output.mask is not None:
                images['mask'] = output.mask
            self._write(THERMAL_REGISTERED, output, receive_ns, images, output.camera_info)
        status = frame_status(output, self.pipeline.statistics)
        self.writer.write(STATUS, diagnostic_array_message(output.stamp_ns, [status]), receive_ns)
        if self._next_diagnostics_ns is None or receive_ns >= self._next_diagnostics_ns:
            self._next_diagnostics_ns = receive_ns + DIAGNOSTICS_PERIOD_NS
            self.write_diagnostics(receive_ns)

    def _write(
        self,
        namespace: str,
        output: Output,
        receive_ns: int,
        images: dict[str, npt.NDArray[Any]],
        info: CameraInfo | None,
    ) -> None:
        """Write images of one size and the camera_info beside them."""
        stamp, frame_id = output.stamp_ns, output.frame_id
        height, width = images['image'].shape[:2]
        for name, image in images.items():
            message = image_message(stamp, frame_id, encoding_of(image), image)
            self.writer.write(f'{namespace}/{name}', message, receive_ns)
        beside = (
            uncalibrated_camera_info(stamp, frame_id, height, width)
            if info is None
            else camera_info_message(stamp, frame_id, info)
        )
        self.writer.write(f'{namespace}/camera_info', beside, receive_ns)

    def write_diagnostics(self, receive_ns: int) -> None:
        """Write the pipeline's summary."""
        message = diagnostic_array_message(receive_ns, [pipeline_status(self.pipeline)])
        self.writer.write(DIAGNOSTICS, message, receive_ns)
