"""Writing a synthetic drive as a bag, so that everything can be tried without a camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nitedr_ros.bags.messages import image_message, pinhole_camera_info
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.synth.drive import Drive, DriveConfig


def write_drive(
    config: DriveConfig,
    path: Path,
    *,
    force: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Draw a drive and write its two cameras' images and camera_info; return the frames written.

    Topics: /visible/image_raw (bgr8), /thermal/image_raw (mono16, hundredths of a kelvin) and
    their camera_info. Raises OutputError where the bag can't be written.
    """
    drive = Drive(config)
    matrices = {
        sensor: np.array(info.k, np.float64).reshape(3, 3)
        for sensor, info in drive.camera_info.items()
    }
    expected = round(config.seconds * (config.visible_hz + config.thermal_hz))
    done = 0
    with BagWriter(path, 'mcap', force=force) as writer:
        for done, item in enumerate(drive.frames(), 1):
            frame = item.frame
            info = pinhole_camera_info(
                frame.stamp_ns, frame.frame_id, frame.height, frame.width, matrices[item.sensor]
            )
            image = image_message(frame.stamp_ns, frame.frame_id, frame.encoding, frame.data)
            writer.write(f'/{item.sensor}/camera_info', info, item.arrival_ns)
            writer.write(f'/{item.sensor}/image_raw', image, item.arrival_ns)
            on_progress(done, max(expected, done))
    return done
