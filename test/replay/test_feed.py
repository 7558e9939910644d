from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nitedr_ros.bags.messages import camera_info_message, image_message, transforms_message
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import find_topics
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.replay.feed import BagFeed


def test_a_camera_info_that_two_images_share_is_both_cameras_calibration(tmp_path: Path) -> None:
    k = (60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0)
    with BagWriter(tmp_path / 'bag') as writer:
        for number in range(3):
            at = 1_700_000_000_000_000_000 + 100_000_000 * number
            info = CameraInfo(64, 48, 'plumb_bob', (0.0,) * 5, k)
            writer.write('/rig/camera_info', camera_info_message(at, 'rig', info), at)
            rgb = np.full((48, 64, 3), number, np.uint8)
            writer.write('/rig/rgb', image_message(at, 'rig', 'rgb8', rgb), at + 1)
            warm = np.full((48, 64), number, np.uint8)
            writer.write('/rig/thermal', image_message(at, 'rig', 'mono8', warm), at + 2)
    pipeline = Pipeline(load_config(None), PassthroughEngine())
    with BagReader(tmp_path / 'bag') as reader:
        feed = BagFeed(reader, find_topics(reader.topics), pipeline)
        for message in feed.messages(lambda done, total: None):
            feed.take(message)
    pipeline.finish()
    outputs = [pipeline.process(frame_set) for frame_set in pipeline.ready()]
    assert len(outputs) == pipeline.statistics.received[Sensor.VISIBLE] == 3
    for output in outputs:
        assert output is not None
        assert output.camera_info is not None
        assert output.camera_info.k == k
    # Cameras of one calibration show one view.
    assert pipeline.warnings == []


def test_transforms_that_move_are_learnt_in_the_order_of_the_bag(tmp_path: Path) -> None:
    k = (60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0)
    start = 1_700_000_000_000_000_000
    places = {1: 0.0, 3: 2.0}
    with BagWriter(tmp_path / 'bag') as writer:
        for number in range(5):
            at = start + 100_000_000 * number
            if number in places:
                place = SimpleNamespace(
                    parent='eye',
                    child='warm',
                    translation=(places[number], 0.0, 0.0),
                    rotation=(0.0, 0.0, 0.0, 1.0),
                )
                writer.write('/tf', transforms_message(at, [place]), at)
            info = CameraInfo(64, 48, 'plumb_bob', (0.0,) * 5, k)
            picture = np.tile(np.arange(0, 192, 3, np.uint8), (48, 1)) + np.uint8(number % 2)
            for name, frame_id in (('visible', 'eye'), ('thermal', 'warm')):
                message = camera_info_message(at, frame_id, info)
                writer.write(f'/{name}/camera_info', message, at)
            writer.write('/thermal/image_raw', image_message(at, 'warm', 'mono8', picture), at + 1)
            rgb = np.full((48, 64, 3), number, np.uint8)
            writer.write('/visible/image_raw', image_message(at, 'eye', 'rgb8', rgb), at + 2)
    pipeline = Pipeline(load_config(None, {'pairing.wait_ms': 0.0}), PassthroughEngine())
    kinds, shifts, done = [], [], []
    with BagReader(tmp_path / 'bag') as reader:
        feed = BagFeed(reader, find_topics(reader.topics), pipeline)
        assert '/tf' not in feed.cameras
        for message in feed.messages(lambda *progress: done.append(progress)):
            feed.take(message)
            for frame_set in pipeline.ready():
                output = pipeline.process(frame_set)
                assert output is not None
                assert output.thermal_registered is not None
                kinds.append(pipeline.registration.kind)
                level = int(output.thermal_registered[24, 32])
                shifts.append(level - 96 - len(shifts) % 2)
    assert kinds == ['aligned'] + ['extrinsics'] * 4
    # 2 m to the side of a plane 20 m away, at 60 pixels of focal length: 6 pixels of 3 levels.
    assert shifts == [0, 0, 0, -18, -18]
    assert done[-1] == (22, 22)
