"""Parameters that are set while frames flow: none is lost, and what can't be is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import yaml
from diagnostic_msgs.msg import DiagnosticArray
from players import plan
from players.camera_player import CameraPlayer
from players.node_process import NodeProcess
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
from nitedr_ros.resources import models_folder

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
THERMAL = '/nitedr/thermal_registered/image'
FRAMES = 1000


@pytest.fixture(scope='module')
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry whose only model, `damaged`, was cut after it was described."""
    folder = tmp_path_factory.mktemp('models')
    place = folder / 'damaged'
    shutil.copytree(models_folder() / 'nitedr-s', place)
    description = yaml.safe_load((place / 'model.yaml').read_text())
    (place / 'model.yaml').write_text(yaml.safe_dump({**description, 'name': 'damaged'}))
    graph = place / description['onnx']
    graph.write_bytes(graph.read_bytes()[:-1])
    return folder


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp('live')) as stage:
        stage.recorder.listen(STATUS, DiagnosticArray)
        stage.recorder.listen(THERMAL, Image)
        yield stage


@pytest.fixture(scope='module')
def node(stage: Stage, models: Path) -> NodeProcess:
    inputs = heard_all('/visible/image_raw', '/thermal/image_raw')
    parameters = {
        **LOSSLESS,
        'models_folder': str(models),
        'engine.name': 'onnxruntime',
        **inputs,
        **kept_all(STATUS, THERMAL),
    }
    return stage.start_node(parameters)


class Drive:
    """Shows one pair after the other; every one must come out, whatever is set meanwhile."""

    def __init__(self, stage: Stage, cameras: CameraPlayer) -> None:
        self._stage, self.cameras = stage, cameras
        # Too far apart for one thermal frame to serve two visible ones, too near for a jump.
        self._stamps = iter(range(START_NS, START_NS + FRAMES * 300 * MS, 300 * MS))

    def show(self, *, skew_ms: int = 0, seed: int | None = None) -> Report:
        stamp = next(self._stamps)
        seed = stamp // MS % 100_000 if seed is None else seed
        self.cameras.play(*pair(stamp, seed, skew_ns=skew_ms * MS))
        return self._stage.wait_for_frame(stamp)

    def show_until(self, predicate: Callable[[Report], object], *, skew_ms: int = 0) -> Report:
        for _ in range(FRAMES // 2):
            frame = self.show(skew_ms=skew_ms)
            if predicate(frame):
                return frame
        raise AssertionError(f'expected another status in the end, the last was {frame}')

    def show_until_mode(self, mode: str) -> Report:
        return self.show_until(lambda frame: frame.values['mode'] == mode)


@pytest.fixture(scope='module')
def drive(stage: Stage, node: NodeProcess) -> Drive:
    topics = plan.camera_topics()
    for camera in ('visible_info', 'thermal_info'):
        topics[camera]['matched'] = 1
    drive = Drive(stage, stage.start_cameras(topics))
    drive.show_until_mode('full')
    return drive


def test_largest_skew(node: NodeProcess, drive: Drive) -> None:
    drive.show_until(lambda frame: frame.values['mode'] == 'full', skew_ms=40)
    assert node.set_parameters(pairing__max_skew_ms=10) == ''
    frame = drive.show(skew_ms=40)
    assert (frame.values['mode'], frame.values['skew_ms']) == ('visible_only', 'none')
    assert node.set_parameters(pairing__max_skew_ms=50.0) == ''
    frame = drive.show(skew_ms=40)
    assert frame.values['reason'] == 'thermal camera recovering'
    assert frame.values['skew_ms'] == '40.000'
    drive.show_until_mode('full')


def test_engine_goes_and_comes_back(stage: Stage, node: NodeProcess, drive: Drive) -> None:
    assert node.set_parameters(engine__name='passthrough') == ''
    frame = drive.show_until_mode('pass_through')
    assert frame.values['reason'] == 'pass-through engine'
    stage.wait_for_part('engine', lambda part: part.values['engine'] == 'passthrough')
    assert node.set_parameters(engine__name='onnxruntime') == ''
    drive.show_until_mode('full')
    part = stage.wait_for_part('engine', lambda part: part.values['engine'] == 'onnxruntime')
    assert (part.level, part.values['model']) == (OK, 'nitedr-s')


def test_damaged_model_leaves_the_old_one_running(
    stage: Stage, node: NodeProcess, drive: Drive
) -> None:
    assert node.set_parameters(model='damaged', pairing__queue_size=32) == ''
    assert drive.show().values['mode'] == 'full'
    part = stage.wait_for_part('engine', lambda part: part.level == WARN)
    assert 'SHA-256' in part.message
    assert part.message.endswith('nitedr-s goes on')
    assert part.values['model'] == 'nitedr-s'
    for _ in range(100):
        if node.parameter('model') == 'nitedr-s':
            break
        stage.let_report()
    assert node.parameter('model') == 'nitedr-s'
    assert node.parameter('pairing.queue_size') == 32
    assert drive.show().values['mode'] == 'full'


@pytest.mark.parametrize(
    'values, reason',
    [
        ({'model': 'no-such-model'}, "nitedr-s), got 'no-such-model'"),
        ({'models_folder': '/no/such/folder'}, 'models_folder: expected a folder'),
        ({'pairing__max_skew_ms': -1.0}, 'max_skew_ms'),
        ({'pairing__wait_ms': 'soon'}, 'DOUBLE'),
        ({'engine__name': 'tensorflow'}, 'engine.name'),
        ({'geometry__rotation_xyzw': [0.0, 0.0, 0.0, 2.0]}, 'quaternion'),
        ({'pairing__queue_size': 16, 'modes__recover_after': 0}, 'recover_after'),
        ({'node__executor': 'multi'}, 'node.executor'),
        ({'node__visible_transport': 'compressed'}, 'deactivate and clean up first'),
    ],
)
def test_refused_with_a_reason(
    node: NodeProcess, drive: Drive, values: dict[str, object], reason: str
) -> None:
    names = [name.replace('__', '.') for name in values]
    before = [node.parameter(name) for name in names]
    assert reason in node.set_parameters(**values)
    assert [node.parameter(name) for name in names] == before
    assert drive.show().values['mode'] == 'full'


def test_distance_of_the_plane(stage: Stage, node: NodeProcess, drive: Drive) -> None:
    beside = {'geometry__registration': 'extrinsics', 'geometry__translation_m': [1.0, 0.0, 0.0]}
    assert node.set_parameters(**beside) == ''
    frame = drive.show_until_mode('visible_only')
    assert 'camera_info' in frame.values['reason']
    infos = [plan.camera_info(f'{name}_info', None, size=SIZE) for name in ('visible', 'thermal')]
    drive.cameras.play(*infos)
    drive.show_until_mode('full')

    def registered() -> np.ndarray:
        shown = drive.show(seed=1).stamp_ns
        return picture(
            stage.recorder.wait_for(
                lambda: [m for m in stage.recorder.heard(THERMAL) if stamp_ns(m) == shown]
            )[0]
        )

    # So that the range is that of this picture alone.
    assert node.set_parameters(thermal__smoothing_ms=0.0, thermal__frozen_after_ms=0.0) == ''
    registered()
    near = registered()
    assert np.array_equal(registered(), near)
    assert node.set_parameters(geometry__plane_distance_m=50) == ''
    far = registered()
    # What the thermal camera, 1 m to the right, sees is 500 px * 1 m / 20 m = 25 px, then 10 px.
    assert not np.array_equal(far, near)
    assert np.array_equal(far[:, :-15], near[:, 15:])


def test_transport_is_set_while_unconfigured(
    stage: Stage, node: NodeProcess, drive: Drive
) -> None:
    assert node.change_state('deactivate')
    assert 'deactivate and clean up first' in node.set_parameters(
        node__thermal_transport='compressed'
    )
    assert node.change_state('cleanup')
    assert node.set_parameters(node__thermal_transport='compressed') == ''
    assert node.change_state('configure')
    assert node.change_state('activate')
    part = stage.wait_for_part('thermal camera', lambda part: part.values['publishers'] == '0')
    assert part.values['topic'] == '/thermal/image_raw/compressed'
