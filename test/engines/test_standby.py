"""An engine that can't be prepared makes place for the next one, once and for good."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import Engine, EngineInfo, FramesInference, Image, Inference
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.selection import Selection
from nitedr_ros.engines.standby import StandbyEngine
from nitedr_ros.errors import EngineError

SIZE = (32, 48)


class Scripted(Engine):
    """Refuses sizes that a test names; its images are of one level."""

    def __init__(self, name: str, level: int, *refused: tuple[int, int]) -> None:
        self.name, self.level, self.refused = name, level, list(refused)
        self.warmed: list[tuple[int, int]] = []
        self.frames: CameraFrames | None = None
        self.told = ''

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(self.name, 'fp32', '', '', '', '')

    @property
    def builds_plans(self) -> bool:
        return self.name == 'tensorrt'

    @property
    def camera_frames(self) -> CameraFrames | None:
        return self.frames

    @property
    def gpu_bytes(self) -> int:
        return self.level

    @property
    def warning(self) -> str:
        return self.told

    def warm_up(self, height: int, width: int) -> None:
        self.warmed.append((height, width))
        if (height, width) in self.refused:
            raise EngineError(f'no plan for {width}x{height}')

    def infer(self, visible: Image, thermal: Image) -> Inference:
        if self.level == 0:
            raise EngineError('no frame')
        image = np.full_like(visible, self.level)
        return Inference(image, image, 0.001)

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        image = np.full((*SIZE, 3), self.level, np.uint8)
        return FramesInference(image, image, 0.001)


class Choice:
    """Gives an engine, or an error, and counts how often it was asked."""

    def __init__(self, next_: Engine | EngineError) -> None:
        self.next, self.asked = next_, 0

    def __call__(self) -> Selection:
        self.asked += 1
        if isinstance(self.next, EngineError):
            raise self.next
        return Selection(self.next)


def level_of(engine: Engine) -> int:
    visible = np.zeros((*SIZE, 3), np.uint8)
    return int(engine.infer(visible, visible[..., 0]).fused.max())


def test_as_long_as_it_can_the_first_one_runs() -> None:
    first, choice = Scripted('tensorrt', 1), Choice(Scripted('onnxruntime', 2))
    engine = StandbyEngine(first, choice)
    first.told = 'the plan is not kept'
    engine.warm_up(*SIZE)
    assert level_of(engine) == 1
    assert (engine.info, engine.gpu_bytes, engine.builds_plans) == (first.info, 1, True)
    assert engine.warning == 'the plan is not kept'
    assert choice.asked == 0


def test_where_it_can_not_be_prepared_the_next_one_takes_over_for_good() -> None:
    first, second = Scripted('tensorrt', 1, SIZE), Scripted('onnxruntime', 2)
    choice = Choice(second)
    engine = StandbyEngine(first, choice)
    engine.warm_up(64, 96)
    assert level_of(engine) == 1
    engine.warm_up(*SIZE)
    assert level_of(engine) == 2
    assert (engine.info, engine.gpu_bytes, engine.builds_plans) == (second.info, 2, False)
    told = 'onnxruntime runs in place of tensorrt: no plan for 48x32'
    assert engine.warning == told
    # Also for sizes that the first one could do.
    engine.warm_up(64, 96)
    assert level_of(engine) == 2
    assert (first.warmed, second.warmed) == ([(64, 96), SIZE], [SIZE, (64, 96)])
    assert (choice.asked, engine.warning) == (1, told)


def test_the_one_that_took_over_is_the_last() -> None:
    second = Scripted('onnxruntime', 2, (64, 96))
    choice = Choice(second)
    engine = StandbyEngine(Scripted('tensorrt', 1, SIZE), choice)
    engine.warm_up(*SIZE)
    with pytest.raises(EngineError, match=r'^no plan for 96x64$'):
        engine.warm_up(64, 96)
    assert choice.asked == 1
    assert level_of(engine) == 2


@pytest.mark.parametrize(
    'next_, told',
    [
        (EngineError('no engine can run this model'), 'no engine can run this model'),
        (Scripted('onnxruntime', 2, SIZE), 'no plan for 48x32'),
    ],
)
def test_where_none_can_both_are_told(next_: Engine | EngineError, told: str) -> None:
    engine = StandbyEngine(Scripted('tensorrt', 1, SIZE), Choice(next_))
    for _ in range(2):
        with pytest.raises(EngineError) as caught:
            engine.warm_up(*SIZE)
        assert str(caught.value) == f'tensorrt: no plan for 48x32; and in its place: {told}'
    assert engine.info.engine == 'tensorrt'
    assert engine.warning == ''


def test_a_frame_that_fails_changes_nothing() -> None:
    choice = Choice(Scripted('onnxruntime', 2))
    engine = StandbyEngine(Scripted('tensorrt', 0), choice)
    with pytest.raises(EngineError, match='no frame'):
        level_of(engine)
    assert (engine.info.engine, choice.asked) == ('tensorrt', 0)


def test_camera_images_go_to_the_engine_in_use(
    camera_model: Model, camera_pair: Callable[..., CameraPair]
) -> None:
    first, second = Scripted('tensorrt', 1, SIZE), Scripted('onnxruntime', 2)
    first.frames = camera_model.camera_frames
    engine = StandbyEngine(first, Choice(second))
    assert engine.camera_frames is first.frames
    assert int(engine.infer_frames(camera_pair(1)).fused.max()) == 1
    engine.warm_up(*SIZE)
    assert engine.camera_frames is None
    assert int(engine.infer_frames(camera_pair(1)).fused.max()) == 2
