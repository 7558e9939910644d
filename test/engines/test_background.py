"""An engine is prepared beside the frames, and busy until that is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nitedr_ros.engines.background import BackgroundEngine
from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import Engine, EngineInfo, FramesInference, Image, Inference
from nitedr_ros.errors import EngineBusyError, EngineError

SIZE, OTHER = (32, 48), (64, 96)
TIMEOUT_S = 60.0


class Slow(Engine):
    """Is prepared once a test lets it, in a thread that must not be the test's."""

    def __init__(self) -> None:
        self.begun, self.gate = threading.Event(), threading.Event()
        self.prepared: list[tuple[int, int]] = []
        self.errors: dict[tuple[int, int], Exception] = {}
        self.told = ''

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('slow', 'fp32', '', '', '', '')

    @property
    def gpu_bytes(self) -> int:
        return 7

    @property
    def warning(self) -> str:
        return self.told

    @property
    def camera_frames(self) -> CameraFrames | None:
        return None

    def warm_up(self, height: int, width: int) -> None:
        assert threading.current_thread() is not threading.main_thread()
        self.begun.set()
        assert self.gate.wait(TIMEOUT_S)
        if (height, width) in self.errors:
            raise self.errors[height, width]
        self.prepared.append((height, width))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        return Inference(visible, visible, 0.001)

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        return FramesInference(pair.visible[0], pair.visible[0], 0.001)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.gate.set()


def infer(engine: Engine, size: tuple[int, int] = SIZE) -> Inference:
    return engine.infer(np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8))


def finish(slow: Slow, engine: BackgroundEngine) -> None:
    """Let it be prepared, and wait for that."""
    slow.gate.set()
    assert engine._preparing is not None
    engine._preparing.join(TIMEOUT_S)
    assert not engine._preparing.is_alive()
    slow.gate.clear()


def test_is_busy_until_it_is_prepared(slow: Slow) -> None:
    engine = BackgroundEngine(slow)
    with pytest.raises(EngineBusyError, match=r'^the engine prepares for 48x32$'):
        infer(engine)
    assert slow.begun.wait(TIMEOUT_S)
    for work in (lambda: infer(engine), lambda: engine.warm_up(*SIZE), lambda: infer(engine)):
        with pytest.raises(EngineBusyError, match=r'^the engine has been preparing for \d+ s$'):
            work()
    assert slow.prepared == []
    finish(slow, engine)
    assert infer(engine).fused.shape == (*SIZE, 3)
    engine.warm_up(*SIZE)
    assert slow.prepared == [SIZE]


def test_what_it_is_ready_for_runs_at_once(slow: Slow) -> None:
    engine = BackgroundEngine(slow, SIZE)
    engine.warm_up(*SIZE)
    assert infer(engine).seconds == 0.001
    assert not slow.begun.is_set()


def test_another_size_is_prepared_while_it_is_busy(slow: Slow) -> None:
    engine = BackgroundEngine(slow, SIZE)
    with pytest.raises(EngineBusyError, match='prepares for 96x64'):
        infer(engine, OTHER)
    with pytest.raises(EngineBusyError, match='has been preparing'):
        infer(engine, SIZE)
    finish(slow, engine)
    assert infer(engine, OTHER).fused.shape == (*OTHER, 3)
    # The one before may have made room, so that it is prepared again.
    with pytest.raises(EngineBusyError, match='prepares for 48x32'):
        infer(engine, SIZE)
    finish(slow, engine)
    assert slow.prepared == [OTHER, SIZE]


@pytest.mark.parametrize(
    'error, told',
    [(EngineError('no memory'), 'no memory'), (RuntimeError('broken'), 'RuntimeError: broken')],
)
def test_a_failure_is_remembered(slow: Slow, error: Exception, told: str) -> None:
    engine = BackgroundEngine(slow, SIZE)
    slow.errors[OTHER] = error
    with pytest.raises(EngineBusyError):
        infer(engine, OTHER)
    finish(slow, engine)
    slow.begun.clear()
    for _ in range(2):
        with pytest.raises(EngineError, match=f'^{told}$') as caught:
            infer(engine, OTHER)
        assert not isinstance(caught.value, EngineBusyError)
    assert not slow.begun.is_set()
    # It is still ready for what it was ready for.
    assert infer(engine, SIZE).fused.shape == (*SIZE, 3)


def test_camera_images_wait_for_their_outputs_size(
    slow: Slow, camera_pair: Callable[..., CameraPair]
) -> None:
    engine, pair = BackgroundEngine(slow), camera_pair(1)
    with pytest.raises(EngineBusyError, match='prepares for 48x32'):
        engine.infer_frames(pair)
    finish(slow, engine)
    assert engine.infer_frames(pair).fused is not None
    assert slow.prepared == [SIZE]


def test_says_of_itself_what_the_engine_says(slow: Slow) -> None:
    engine = BackgroundEngine(slow)
    slow.told = 'the plan is not kept'
    assert (engine.info, engine.gpu_bytes, engine.warning) == (slow.info, 7, slow.told)
    assert engine.camera_frames is None
    # Only the engine within takes minutes.
    assert not engine.builds_plans
