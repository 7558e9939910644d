"""Two nodes in two namespaces, one of them with remapped topics, don't mix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.stage import (
    DIAGNOSTICS,
    LOSSLESS,
    SIZE,
    Stage,
    heard_all,
    kept_all,
    open_stage,
    pair,
    picture,
    stamp_ns,
)
from sensor_msgs.msg import Image

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
FRAMES = 10
NODES = ('/front/nitedr', '/rear/nitedr')
REAR_TOPICS = {'visible/image_raw': '/cam7/image', 'thermal/image_raw': 'flir/raw'}
INPUTS = {
    '/front/nitedr': ('/front/visible/image_raw', '/front/thermal/image_raw'),
    '/rear/nitedr': ('/cam7/image', '/rear/flir/raw'),
}
FUSED = [f'{node}/fused/image' for node in NODES]


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        for node, fused in zip(NODES, FUSED, strict=True):
            stage.recorder.listen(fused, Image)
            stage.recorder.listen(f'{node}/status', DiagnosticArray)
        for node, remaps in zip(NODES, ({}, REAR_TOPICS), strict=True):
            parameters = {
                **LOSSLESS,
                'engine.name': 'passthrough',
                **heard_all(*INPUTS[node]),
                **kept_all(f'{node}/fused/image', f'{node}/status'),
            }
            namespace = node.removesuffix('/nitedr')
            stage.start_node(parameters, namespace=namespace, remaps=remaps)
        yield stage


def test_each_has_its_own_frames(stage: Stage) -> None:
    players = []
    for node in NODES:
        names = zip(('visible', 'thermal'), INPUTS[node], strict=True)
        topics = {name: plan.topic(topic, plan.IMAGE, matched=1) for name, topic in names}
        players.append(stage.start_cameras(topics, node))
    stamps = {
        node: [START_NS + (1000 * turn + 33 * number) * MS for number in range(FRAMES)]
        for turn, node in enumerate(NODES)
    }
    for number in range(FRAMES):
        for turn, (node, player) in enumerate(zip(NODES, players, strict=True)):
            player.play(*pair(stamps[node][number], 100 * turn + number, after_s=0.01))

    for turn, (node, fused) in enumerate(zip(NODES, FUSED, strict=True)):
        heard = stage.recorder.wait_for_messages(fused, FRAMES)
        stage.recorder.wait_for_messages(f'{node}/status', FRAMES)
        assert [stamp_ns(message) for message in heard] == stamps[node]
        for number, message in enumerate(heard):
            shown = plan.pixels(100 * turn + number, 'rgb8', *SIZE)
            assert np.array_equal(picture(message), shown)
        frames = stage.frames(f'{node}/status')
        assert [frame.values['skew_ms'] for frame in frames] == ['0.000'] * FRAMES


def test_each_tells_of_itself(stage: Stage) -> None:
    for node, topics in INPUTS.items():
        parts = stage.parts(node)
        assert parts['node'].message == 'active'
        for camera, topic in zip(('visible', 'thermal'), topics, strict=True):
            assert parts[f'{camera} camera'].values['topic'] == topic
    names = {
        status.name.split(': ')[0]
        for message in stage.recorder.heard(DIAGNOSTICS)
        for status in message.status
    }
    assert names == {'front/nitedr', 'rear/nitedr'}
