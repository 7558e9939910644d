"""Engines whose durations are known, on a clock that they move."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import cycle
from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.bench import against, beside, turns
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference, PipelinedEngine
from nitedr_ros.errors import EngineError


class Clock:
    """Stands for the module `time`, and stands still unless something takes time."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


class PacedEngine(Engine):
    """Takes the given seconds for its frames, in turn, and brightens the image by `gain`."""

    def __init__(
        self, clock: Clock, seconds: Sequence[float], gain: int = 0, model: str = 'paced'
    ) -> None:
        self.clock = clock
        self.gain = gain
        self.frames = 0
        self.fails_after: int | None = None
        self._model = model
        self._seconds = cycle(seconds)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('paced', 'fp32', 'paced 1', self._model, '1', 'f' * 64)

    def warm_up(self, height: int, width: int) -> None:
        pass

    def infer(self, visible: Image, thermal: Image) -> Inference:
        if self.fails_after is not None and self.frames >= self.fails_after:
            raise EngineError('the engine broke')
        self.frames += 1
        seconds = next(self._seconds)
        self.clock.now += seconds
        image = visible + np.uint8(self.gain)
        stages = {'copy_in': seconds / 4, 'infer': seconds / 2}
        return Inference(image, image, seconds / 2, stages)


class QueueEngine(PacedEngine, PipelinedEngine):
    """Takes its time when a frame is collected; holds to what is agreed on."""

    most = 0

    @property
    def depth(self) -> int:
        return 2

    def submit(self, visible: Image, thermal: Image) -> None:
        self._queue = getattr(self, '_queue', deque())
        if len(self._queue) >= self.depth:
            raise ValueError('too many')
        self._queue.append((visible, thermal))
        self.most = max(self.most, len(self._queue))

    def collect(self) -> Inference:
        if not getattr(self, '_queue', None):
            raise ValueError('none is submitted')
        return super().infer(*self._queue.popleft())

    def infer(self, visible: Image, thermal: Image) -> Inference:
        if getattr(self, '_queue', None):
            raise ValueError('infer while frames are under way')
        return super().infer(visible, thermal)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all turns."""
    made = Clock()
    stand_in = SimpleNamespace(perf_counter=made.perf_counter)
    for module in (turns, beside, against):
        monkeypatch.setattr(module, 'time', stand_in)
    return made


@pytest.fixture
def paced(clock: Clock) -> Callable[..., PacedEngine]:
    """Makes engines that take given times."""
    return lambda *arguments, **named: PacedEngine(clock, *arguments, **named)


@pytest.fixture
def queued(clock: Clock) -> Callable[..., QueueEngine]:
    """Makes pipelined ones."""
    return lambda *arguments, **named: QueueEngine(clock, *arguments, **named)


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray]:
    return np.full((8, 8, 3), 50, np.uint8), np.zeros((8, 8), np.uint8)
