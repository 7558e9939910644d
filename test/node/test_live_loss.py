"""Cameras that are unplugged and come back: what goes out meanwhile, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.gates import Gates
from players.stage import (
    LOSSLESS,
    SIZE,
    STATUS,
    Report,
    Stage,
    heard_all,
    kept_all,
    open_stage,
    pair,
    picture,
    stamp_ns,
)
from sensor_msgs.msg import Image

from nitedr_ros.pipeline.status import OK, WARN

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
RECOVER_AFTER = 5
FUSED = '/nitedr/fused/image'
PARAMETERS = {
    **LOSSLESS,
    'pairing.lost_after_ms': 1500.0,
    'modes.recover_after': RECOVER_AFTER,
    **heard_all('/visible/image_raw', '/thermal/image_raw'),
    **kept_all(FUSED, STATUS),
}


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with (
        Gates(tmp_path_factory.mktemp('gates')) as gates,
        open_stage(tmp_path_factory.mktemp('live')) as stage,
    ):
        gates.let_open()
        gates.let_infer()
        stage.recorder.listen(FUSED, Image)
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.start_node(PARAMETERS, command=gates.command)
        yield stage


def show_pairs(stage: Stage, cameras: CameraPlayer, start_ns: int) -> list[Report]:
    """Show pairs until the full mode is there; return the statuses since the first of them."""
    stamps = [start_ns + number * 33 * MS for number in range(4 * RECOVER_AFTER)]
    for stamp in stamps:
        # A picture that stays the same is one more thing that would be told.
        cameras.play(*pair(stamp, stamp // MS % 100_000, after_s=0.033))
        frame = stage.wait_for_frame(stamp)
        if frame.values['mode'] == 'full':
            return [frame for frame in stage.frames() if start_ns <= frame.stamp_ns <= stamp]
    raise AssertionError('expected full mode in the end')


def assert_recovered(frames: list[Report]) -> None:
    """The last frames of some: just as many as it takes to recover."""
    reasons = [frame.values['reason'] for frame in frames[-RECOVER_AFTER:]]
    assert reasons == ['thermal camera recovering'] * (RECOVER_AFTER - 1) + ['']


def wait_for_modes(stage: Stage, mode: str, frames: int) -> None:
    """Wait until at least so many frames of a mode were told of."""
    key = f'modes/{mode}'
    stage.wait_for_part('pipeline', lambda part: int(part.values.get(key, '0')) >= frames)


def test_unplugged_cameras(stage: Stage) -> None:
    cameras = stage.start_cameras(plan.camera_topics())
    show_pairs(stage, cameras, START_NS)
    part = stage.wait_for_part('thermal camera', lambda part: part.values['received'] != '0')
    assert part.values['publishers'] == '1'

    cameras.play(plan.switch_off('thermal'))
    part = stage.wait_for_part('thermal camera', lambda part: 'nobody publishes' in part.message)
    assert part.level == WARN
    assert '/thermal/image_raw: start the camera or remap the topic' in part.message
    alone = [START_NS + 10_000 * MS + number * 33 * MS for number in range(3)]
    cameras.play(*(plan.image('visible', stamp, 7, size=SIZE) for stamp in alone))
    for stamp in alone:
        frame = stage.wait_for_frame(stamp)
        assert frame.level == WARN
        assert frame.values['mode'] == 'visible_only'
        assert frame.values['reason'] == 'no thermal frame in time'
        assert frame.values['stages'] == 'clean'
    wait_for_modes(stage, 'visible_only', len(alone))

    cameras.play(plan.switch_on('thermal'))
    stage.wait_for_part('thermal camera', lambda part: part.values['publishers'] == '1')
    assert_recovered(show_pairs(stage, cameras, START_NS + 20_000 * MS))

    cameras.play(plan.switch_off('visible'))
    part = stage.wait_for_part('visible camera', lambda part: 'nobody publishes' in part.message)
    assert part.level == WARN
    alone = [START_NS + 30_000 * MS + number * 111 * MS for number in range(3)]
    warm = {'encoding': 'mono16', 'size': SIZE}
    cameras.play(*(plan.image('thermal', stamp, 8, **warm) for stamp in alone))
    for stamp in alone:
        frame = stage.wait_for_frame(stamp)
        assert frame.level == WARN
        assert frame.values['mode'] == 'thermal_only'
        assert frame.values['reason'] == 'visible camera lost'
        assert frame.values['stages'] == ''
    images = stage.recorder.wait_for(
        lambda: [m for m in stage.recorder.heard(FUSED) if stamp_ns(m) == alone[-1]]
    )
    shown = picture(images[0])
    assert np.ptp(shown, axis=2).max() == 0
    assert shown[0, 0, 0] > shown[-1, -1, 0]
    wait_for_modes(stage, 'thermal_only', len(alone))

    cameras.play(plan.switch_on('visible'))
    stage.wait_for_part('visible camera', lambda part: part.values['publishers'] == '1')
    assert_recovered(show_pairs(stage, cameras, START_NS + 40_000 * MS))
    stage.wait_for_part('pipeline', lambda part: part.level == OK)
    part = stage.wait_for_part('node', lambda part: part.level == OK)
    assert part.values['internal_errors'] == '0'
