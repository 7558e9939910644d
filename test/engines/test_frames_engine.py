"""Engines that take images as the cameras give them: what they are told, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import EngineInfo, Image
from nitedr_ros.engines.frames_engine import FramesEngine, blank_pair, graph_inputs
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError

MakePair = Callable[..., CameraPair]
IMAGES = {'visible', 'thermal'}
MAPS = {'visible_grid', 'thermal_grid', 'thermal_range', 'thermal_weight', 'thermal_present'}


class Scripted(FramesEngine):
    """Gives images that are all of one level; fails where a test wants it."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.asked: list[dict[str, Any]] = []
        self.failure = ''

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('scripted', 'fp32', 'test', 'cameras', '', '')

    def _run(
        self, inputs: Mapping[str, Any]
    ) -> tuple[dict[str, Image], Mapping[str, float], float]:
        self.asked.append(dict(inputs))
        if self.failure:
            raise EngineError(self.failure)
        levels = {'fused': 3, 'derained': 2, 'thermal_registered': 1}
        shapes = {name: (1, *self.size, 3)[: 3 + (level > 1)] for name, level in levels.items()}
        outputs = {name: np.full(shapes[name], level, np.uint8) for name, level in levels.items()}
        return outputs, {'infer': 0.25}, 0.5


@pytest.fixture
def engine(camera_model: Model) -> Scripted:
    return Scripted(camera_model)


def test_gives_all_images_in_one_go(engine: Scripted, camera_pair: MakePair) -> None:
    found = engine.infer_frames(camera_pair(1))
    assert (found.fused.shape, found.derained.shape) == ((32, 48, 3), (32, 48, 3))
    assert found.thermal_registered is not None
    assert found.thermal_registered.shape == (32, 48)
    assert [int(image.max()) for image in (found.fused, found.derained)] == [3, 2]
    assert int(found.thermal_registered.max()) == 1
    assert (found.seconds, dict(found.stages)) == (0.5, {'infer': 0.25})


def test_without_thermal_none_comes_out(engine: Scripted, camera_pair: MakePair) -> None:
    found = engine.infer_frames(camera_pair(1, thermal=False))
    assert found.thermal_registered is None
    (inputs,) = engine.asked
    assert inputs['thermal_present'].tolist() == [0.0]
    assert inputs['thermal'].shape == (1, 24, 30, 2)
    assert not inputs['thermal'].any()
    assert not inputs['thermal_grid'].any()


def test_what_is_the_same_is_said_once(engine: Scripted, camera_pair: MakePair) -> None:
    for seed in range(3):
        engine.infer_frames(camera_pair(seed))
    first, second, third = engine.asked
    assert set(first) == IMAGES | MAPS
    assert set(second) == set(third) == IMAGES
    assert not np.array_equal(first['visible'], second['visible'])


@pytest.mark.parametrize(
    'name, value',
    [
        ('visible_grid', np.zeros((1, 32, 48, 2), np.float32)),
        ('thermal_grid', np.zeros((1, 32, 48, 2), np.float32)),
        ('thermal_range', (2.0, 1.0)),
        ('thermal_weight', np.zeros((32, 48), np.float32)),
        ('thermal_weight', None),
    ],
)
def test_what_changes_is_said_again(
    engine: Scripted, camera_pair: MakePair, name: str, value: Any
) -> None:
    engine.infer_frames(camera_pair(1))
    for _ in range(2):
        engine.infer_frames(camera_pair(2, **{name: value}))
    engine.infer_frames(camera_pair(3))
    _, changed, same, back = engine.asked
    assert set(changed) == set(back) == IMAGES | {name}
    assert set(same) == IMAGES
    expected = np.ones((32, 48)) if value is None else np.asarray(value)
    np.testing.assert_array_equal(changed[name].reshape(expected.shape), expected)
    assert changed[name].dtype == np.float32


def test_thermal_that_goes_and_comes_is_said(engine: Scripted, camera_pair: MakePair) -> None:
    for thermal in (True, False, False, True):
        engine.infer_frames(camera_pair(1, thermal=thermal))
    changes = [set(inputs) - IMAGES for inputs in engine.asked]
    assert changes == [MAPS, *[{'thermal_grid', 'thermal_present'}, set()], changes[1]]
    assert [int(engine.asked[place]['thermal_present'][0]) for place in (0, 1, 3)] == [1, 0, 1]


def test_after_a_failure_all_is_said_again(engine: Scripted, camera_pair: MakePair) -> None:
    engine.failure = 'no'
    with pytest.raises(EngineError, match='no'):
        engine.warm_up(32, 48)
    engine.failure = ''
    engine.infer_frames(camera_pair(1))
    engine.failure = 'no'
    with pytest.raises(EngineError, match='no'):
        engine.infer_frames(camera_pair(2))
    engine.failure = ''
    engine.infer_frames(camera_pair(3))
    assert [set(inputs) for inputs in engine.asked] == [
        IMAGES | MAPS,
        IMAGES | MAPS,
        IMAGES,
        IMAGES | MAPS,
    ]


def test_is_warmed_up_at_its_size_only(engine: Scripted) -> None:
    engine.warm_up(32, 48)
    (inputs,) = engine.asked
    assert set(inputs) == IMAGES | MAPS
    told = 'gives images of 48x32, the outputs are to have 64x48: set geometry'
    with pytest.raises(EngineError, match=told):
        engine.warm_up(48, 64)


def test_pairs_of_one_view_and_other_models_are_refused(
    engine: Scripted, tiny_model: Model, camera_model: Model
) -> None:
    visible = np.zeros((32, 48, 3), np.uint8)
    with pytest.raises(EngineError, match='as the cameras give them, got a pair of one view'):
        engine.infer(visible, visible[..., 0])
    with pytest.raises(EngineError, match='with camera_frames, tiny has none: nitedr export'):
        Scripted(tiny_model)
    assert engine.camera_frames == camera_model.camera_frames


def test_graph_inputs_are_all_there_are(camera_model: Model, camera_pair: MakePair) -> None:
    frames = camera_model.camera_frames
    assert frames is not None
    for pair in (camera_pair(1), blank_pair(frames, (32, 48))):
        inputs = graph_inputs(pair, frames)
        assert set(inputs) == IMAGES | MAPS
        assert inputs['visible'] is pair.visible
        assert inputs['visible_grid'] is pair.visible_grid
        assert inputs['thermal_range'].tolist() == np.float32(pair.thermal_range).tolist()
