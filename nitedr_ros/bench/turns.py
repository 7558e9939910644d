"""One engine's turn: it runs for some time, and what it did is added up over all its turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle

from nitedr_ros.bench.combination import Device
from nitedr_ros.bench.energy import EnergyMeter
from nitedr_ros.bench.scenes import Pair
from nitedr_ros.engines.engine import Engine, PipelinedEngine
from nitedr_ros.pipeline.latency import StageClock

FRAME = 'frame'
"""Stage: from the two images to the two images, all that the caller waits for."""
RUNTIME = 'runtime'
"""Stage: as much of it as the engine says its runtime took."""


class SequentialTurn:
    """A frame begins when the one before is done.

    clock: FRAME, RUNTIME and the engine's own stages. joules: used meanwhile; None where no meter
    tells it.
    """

    def __init__(
        self,
        engine: Engine,
        scenes: Sequence[Pair],
        meter: EnergyMeter | None = None,
        device: Device = 'cpu',
    ) -> None:
        self.clock = StageClock()
        self.frames = 0
        self.seconds = 0.0
        self.joules: float | None = None
        self._engine = engine
        self._scenes = cycle(scenes)
        self._meter, self._device = meter, device

    @property
    def frames_per_second(self) -> float:
        """Over all turns; 0.0 before the first."""
        return self.frames / self.seconds if self.seconds else 0.0

    def take(self, seconds: float) -> None:
        """Run for so long, at least one frame; one before that, to warm up, isn't timed."""
        self.begin()
        before = self._joules()
        start = now = time.perf_counter()
        while now < start + seconds or now == start:
            now = self.step(now)
        self.seconds += now - start
        after = self._joules()
        if before is not None and after is not None:
            self.joules = (self.joules or 0.0) + after - before

    def begin(self) -> None:
        """Run a frame that isn't timed: another engine had caches and cores until now."""
        self._engine.infer(*next(self._scenes))

    def step(self, start: float) -> float:
        """Run a frame that begins at `start`, of time.perf_counter, and return when it ended."""
        result = self._engine.infer(*next(self._scenes))
        end = time.perf_counter()
        self.frames += 1
        self.clock.add(FRAME, end - start)
        self.clock.add(RUNTIME, result.seconds)
        for stage, seconds in result.stages.items():
            self.clock.add(stage, seconds)
        return end

    def _joules(self) -> float | None:
        return None if self._meter is None else self._meter.joules(self._device)


class PipelinedTurn:
    """As many frames as the engine takes are under way at once."""

    def __init__(self, engine: PipelinedEngine, scenes: Sequence[Pair]) -> None:
        self.depth = engine.depth
        self.frames = 0
        self.seconds = 0.0
        self._engine = engine
        self._scenes = cycle(scenes)

    @property
    def frames_per_second(self) -> float:
        """Over all turns, filling and emptying the pipeline included; 0.0 before the first."""
        return self.frames / self.seconds if self.seconds else 0.0

    def take(self, seconds: float) -> None:
        """Run for so long, at least as many frames as are under way at once."""
        self._engine.infer(*next(self._scenes))
        start = time.perf_counter()
        for _ in range(self.depth):
            self._engine.submit(*next(self._scenes))
        while time.perf_counter() < start + seconds:
            self._engine.collect()
            self.frames += 1
            self._engine.submit(*next(self._scenes))
        for _ in range(self.depth):
            self._engine.collect()
            self.frames += 1
        self.seconds += time.perf_counter() - start
