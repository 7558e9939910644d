"""Small bags with known content."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from nitedr_ros.bags.messages import camera_info_message, image_message, uncalibrated_camera_info
from nitedr_ros.bags.writer import BagWriter

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000


@pytest.fixture
def make_bag(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a bag of visible and thermal frames at stamps in ms."""

    def make(
        name: str = 'drive',
        *,
        visible: Iterable[int] = range(0, 300, 33),
        thermal: Iterable[int] = range(0, 300, 111),
        size: Callable[[int], tuple[int, int]] = lambda index: (48, 64),
        stamps: Callable[[int], int] = lambda ns: ns,
        storage: str = 'mcap',
        info_first: bool = True,
    ) -> Path:
        path = tmp_path / name
        rng = np.random.default_rng(5)
        events = sorted([(ms, 'visible') for ms in visible] + [(ms, 'thermal') for ms in thermal])
        with BagWriter(path, storage) as writer:
            for index, (ms, sensor) in enumerate(events):
                receive_ns = START_NS + ms * MS
                stamp_ns = stamps(receive_ns)
                frame_id = f'{sensor}_optical_frame'
                if sensor == 'visible':
                    height, width = size(index)
                    image = rng.integers(0, 256, (height, width, 3), np.uint8)
                    message = image_message(stamp_ns, frame_id, 'bgr8', image)
                    blank = uncalibrated_camera_info(stamp_ns, frame_id, height, width)
                    blank.k[:] = [70, 0, 31.5, 0, 70, 23.5, 0, 0, 1]
                    info = camera_info_message(stamp_ns, frame_id, blank)
                    info_ns = receive_ns if info_first else receive_ns + 5 * MS
                    writer.write('/visible/camera_info', info, info_ns)
                else:
                    image = rng.integers(29_000, 31_000, (24, 32), np.uint16)
                    message = image_message(stamp_ns, frame_id, 'mono16', image)
                writer.write(f'/{sensor}/image_raw', message, receive_ns)
        return path

    return make
