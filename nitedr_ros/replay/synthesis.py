"""Writing a synthetic drive as a bag, so that everything can be tried without a camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from nitedr_ros.bags.messages import (
    camera_info_message,
    image_message,
    time_reference_message,
    transforms_message,
)
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.synth.drive import FRAME_IDS, Drive, DriveConfig, SynthFrame, Truth

TRUE_TIME = 'true time of exposure'


@dataclass(frozen=True)
class Written:
    """How many frames of each camera a bag got, and how many with the truth beside them."""

    visible: int
    thermal: int
    truths: int


def write_drive(
    config: DriveConfig,
    path: Path,
    *,
    force: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Written:
    """Draw a drive and write it as a bag.

    Topics: /visible/image_raw (bgr8), /thermal/image_raw (mono16, hundredths of a kelvin), their
    camera_info, and /tf_static with the places of both cameras on base_link (none where they are
    aligned). With the truth, in the rectified view of the visible camera (P of its camera_info)
    and with the stamps of its frames: /truth/visible/image (bgr8), /truth/thermal/image (mono16,
    hundredths of a kelvin) and /truth/depth/image (32FC1, metres along z, infinite for the sky),
    each with its camera_info; and of both cameras /truth/<camera>/time_reference, which gives the
    true time of exposure for the stamp of every frame.
    Raises OutputError where the bag can't be written.
    """
    drive = Drive(config)
    expected = round(config.seconds * (config.visible_hz + config.thermal_hz) * (1 - config.drop))
    counts = {'visible': 0, 'thermal': 0}
    truths = 0
    with BagWriter(path, 'mcap', force=force) as writer:
        if drive.transforms:
            message = transforms_message(config.start_ns, drive.transforms)
            writer.write('/tf_static', message, config.start_ns, latched=True)
        for done, item in enumerate(drive.frames(), 1):
            info = drive.camera_info[item.sensor]
            _write_camera(writer, item, info)
            if config.with_truth:
                _write_time(writer, item)
            if item.truth is not None:
                _write_truth(writer, item, item.truth, drive.truth_info)
                truths += 1
            counts[item.sensor] += 1
            on_progress(done, max(expected, done))
    return Written(counts['visible'], counts['thermal'], truths)


def _write_camera(writer: BagWriter, item: SynthFrame, info: CameraInfo) -> None:
    frame = item.frame
    message = camera_info_message(frame.stamp_ns, frame.frame_id, info)
    writer.write(f'/{item.sensor}/camera_info', message, item.arrival_ns)
    image = image_message(frame.stamp_ns, frame.frame_id, frame.encoding, frame.data)
    writer.write(f'/{item.sensor}/image_raw', image, item.arrival_ns)


def _write_time(writer: BagWriter, item: SynthFrame) -> None:
    frame = item.frame
    message = time_reference_message(frame.stamp_ns, frame.frame_id, item.true_ns, TRUE_TIME)
    writer.write(f'/truth/{item.sensor}/time_reference', message, item.arrival_ns)


def _write_truth(writer: BagWriter, item: SynthFrame, truth: Truth, info: CameraInfo) -> None:
    stamp, frame_id = item.frame.stamp_ns, FRAME_IDS['visible']
    message = camera_info_message(stamp, frame_id, info)
    images: tuple[tuple[str, str, npt.NDArray[Any]], ...] = (
        ('visible', 'bgr8', truth.visible),
        ('thermal', 'mono16', truth.thermal),
        ('depth', '32FC1', truth.depth),
    )
    for name, encoding, image in images:
        writer.write(f'/truth/{name}/camera_info', message, item.arrival_ns)
        picture = image_message(stamp, frame_id, encoding, image)
        writer.write(f'/truth/{name}/image', picture, item.arrival_ns)
