"""Cameras that send compressed images: what comes out is what raw ones would have given."""

from __future__ import annotations

import array
import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.stage import (
    LOSSLESS,
    SIZE,
    STATUS,
    Report,
    Stage,
    heard_all,
    kept_all,
    open_stage,
    picture,
    stamp_ns,
)
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CompressedImage, Image

from nitedr_ros.bags.writer import BagWriter

MS = 1_000_000
STAMPS = itertools.count(1_700_000_000_000_000_000, 300 * MS)
TOPICS = {camera: f'/{camera}/image_raw/compressed' for camera in ('visible', 'thermal')}
FUSED = '/nitedr/fused/image'
RADIOMETRIC = '/nitedr/thermal_registered/radiometric'


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    parameters = {
        **LOSSLESS,
        'engine.name': 'passthrough',
        'node.visible_transport': 'compressed',
        'node.thermal_transport': 'compressed',
        **heard_all(*TOPICS.values()),
        **kept_all(STATUS, FUSED, RADIOMETRIC),
    }
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.recorder.listen(FUSED, Image)
        stage.recorder.listen(RADIOMETRIC, Image)
        stage.start_node(parameters)
        yield stage


@pytest.fixture(scope='module')
def cameras(stage: Stage) -> CameraPlayer:
    return stage.start_cameras(
        {camera: plan.topic(topic, plan.COMPRESSED, matched=1) for camera, topic in TOPICS.items()}
    )


def image_at(stage: Stage, topic: str, stamp: int) -> np.ndarray:
    images = stage.recorder.wait_for(
        lambda: [image for image in stage.recorder.heard(topic) if stamp_ns(image) == stamp]
    )
    return picture(images[0])


def show_pair(stage: Stage, cameras: CameraPlayer, file: str = 'png') -> tuple[int, int]:
    """Show a pair and wait until it has gone out; return its seed and stamp."""
    stamp = next(STAMPS)
    seed = stamp // MS % 100_000
    cameras.play(
        plan.compressed_image('thermal', stamp, seed, encoding='mono16', size=SIZE),
        plan.compressed_image('visible', stamp, seed, encoding='bgr8', size=SIZE, file=file),
    )
    assert stage.wait_for_frame(stamp).values['skew_ms'] == '0.000'
    return seed, stamp


@pytest.mark.parametrize('file, error', [('png', 0.0), ('jpeg', 12.0)])
def test_pictures(stage: Stage, cameras: CameraPlayer, file: str, error: float) -> None:
    seed, stamp = show_pair(stage, cameras, file)

    shown = plan.pixels(seed, 'bgr8', *SIZE)[..., ::-1]
    difference = image_at(stage, FUSED, stamp).astype(int) - shown
    assert np.abs(difference).mean() <= error
    # All 16 bits of the thermal image.
    radiometric = image_at(stage, RADIOMETRIC, stamp)
    assert np.array_equal(radiometric, plan.pixels(seed, 'mono16', *SIZE))


def noise(size: int) -> bytes:
    return np.random.default_rng(1).integers(0, 256, size, np.uint8).tobytes()


# name: what a message holds as its file, made from a sound PNG
GARBAGE = {
    'noise': lambda file: noise(2000),
    'noise_after_the_signature': lambda file: file[:8] + noise(2000),
    'cut': lambda file: file[: len(file) // 2],
    'one_byte': lambda file: file[:1],
    'empty': lambda file: b'',
}


@pytest.mark.parametrize('camera', TOPICS)
@pytest.mark.parametrize('name', GARBAGE)
def test_garbage_is_counted_and_the_next_goes_out(
    stage: Stage, cameras: CameraPlayer, tmp_path: Path, camera: str, name: str
) -> None:
    def undecodable(part: Report) -> int:
        return int(part.values.get(f'drops/{camera}/undecodable', '0'))

    before = undecodable(stage.wait_for_part('pipeline', lambda part: True))
    sound = cv2.imencode('.png', plan.pixels(1, 'mono16', *SIZE))[1].tobytes()
    message = CompressedImage(format='mono16; png compressed mono16')
    message.data = array.array('B', GARBAGE[name](sound))
    message.header.stamp.sec = 1_700_000_000
    with BagWriter(tmp_path / 'bag') as writer:
        writer.write_raw('/garbage', plan.COMPRESSED, serialize_message(message), 1)
    cameras.play(plan.bag(str(tmp_path / 'bag'), {'/garbage': camera}))
    show_pair(stage, cameras)
    stage.wait_for_part('pipeline', lambda part: undecodable(part) == before + 1)
    assert stage.parts()['node'].values['internal_errors'] == '0'
