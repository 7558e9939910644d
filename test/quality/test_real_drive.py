"""Real frames as a bag with camera-like stamps, replayed with the shipped model."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.selection import select_engine
from nitedr_ros.replay.replay import ReplayJob, replay
from nitedr_ros.resources import models_folder

START_NS = 1_730_000_000_000_000_000


def write_drive(data: Path, path: Path) -> int:
    """Write the other-rain scenes of msrs (640x480), each shown for half a second, 30 and 9 Hz."""
    scenes = sorted((data / 'other-rain' / 'visible' / 'near_streaks').glob('msrs_*.png'))
    rng = np.random.default_rng(11)
    events = []
    for sensor, hz, delay_ms in (('visible', 30, 8), ('thermal', 9, 25)):
        for index in range(int(len(scenes) * 0.5 * hz)):
            stamp_ns = START_NS + round(1e9 * (index / hz + rng.normal(0, 0.001)))
            scene = scenes[int(index / hz / 0.5)]
            events.append((stamp_ns + delay_ms * 1_000_000, stamp_ns, sensor, scene))
    visible_count = 0
    with BagWriter(path) as writer:
        for receive_ns, stamp_ns, sensor, scene in sorted(events):
            if sensor == 'visible':
                image = cv2.imread(str(scene))
                visible_count += 1
            else:
                thermal = data / 'other-rain' / 'thermal' / scene.name
                image = cv2.imread(str(thermal), cv2.IMREAD_GRAYSCALE)
            encoding = 'bgr8' if sensor == 'visible' else 'mono8'
            message = image_message(stamp_ns, f'{sensor}_optical_frame', encoding, image)
            writer.write(f'/{sensor}/image_raw', message, receive_ns)
    return visible_count


def test_a_real_drive_is_replayed_whole(data_folder: Path, tmp_path: Path) -> None:
    count = write_drive(data_folder, tmp_path / 'drive')
    # Each scene is one still, shown for half a second: no camera's picture stands still so long.
    config = load_config(None, {'thermal.frozen_after_ms': 0.0})
    selection = select_engine(find_model(config.model, models_folder()), config.engine)
    job = ReplayJob(tmp_path / 'drive', tmp_path / 'out')
    report = replay(job, config, selection.engine, [])
    assert report['outputs'] == count
    assert report['modes']['full'] >= 0.85 * count
    assert report['skew_ms']['max'] <= config.pairing.max_thermal_age_ms
    assert (tmp_path / 'out' / 'preview.png').is_file()
