"""With an engine that is too slow for all frames, the newest goes out and each is counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.gates import Gates
from players.stage import (
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
from sensor_msgs.msg import Image

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
FUSED = '/nitedr/fused/image'
FRAMES = 6


@pytest.fixture(scope='module')
def gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    with Gates(tmp_path_factory.mktemp('gates')) as both:
        yield both


@pytest.fixture(scope='module')
def stage(gates: Gates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(FUSED, Image)
        stage.recorder.listen(STATUS, DiagnosticArray)
        yield stage
        gates.let_infer()


def outputs_and_drops(part: Report, camera: str) -> int:
    drops = [int(n) for key, n in part.values.items() if key.startswith(f'drops/{camera}/')]
    return int(part.values['outputs']) + sum(drops)


def test_the_newest_of_those_that_came_meanwhile_goes_out(stage: Stage, gates: Gates) -> None:
    inputs = ('/visible/image_raw', '/thermal/image_raw')
    parameters = {
        'pairing.wait_ms': 0.0,
        'node.max_age_ms': 0.0,
        **heard_all(*inputs),
        **kept_all(FUSED, STATUS),
    }
    gates.let_open()
    node = stage.start_node(parameters, command=gates.command)
    cameras = stage.start_cameras(plan.camera_topics())
    stamps = [START_NS + number * 33 * MS for number in range(FRAMES)]

    def show(number: int) -> None:
        cameras.play(plan.image('visible', stamps[number], number, size=SIZE))

    show(0)
    node.wait_for_line('infer 1')
    for number in range(1, FRAMES):
        show(number)
    stage.wait_for_part('visible camera', lambda part: part.values['received'] == str(FRAMES))
    # The last one must have been decided when the engine is free again.
    stage.let_report()
    gates.let_infer()
    heard = stage.recorder.wait_for_messages(FUSED, 2)

    assert [stamp_ns(message) for message in heard] == [stamps[0], stamps[-1]]
    last = plan.pixels(FRAMES - 1, 'rgb8', *SIZE)
    # Without a thermal image it is only de-rained.
    assert np.array_equal(picture(heard[1]), last + 1)
    part = stage.wait_for_part('pipeline', lambda part: part.values['outputs'] == '2')
    assert part.values['received/visible'] == str(FRAMES)
    assert part.values['drops/visible/overtaken'] == str(FRAMES - 2)
    assert outputs_and_drops(part, 'visible') == FRAMES
