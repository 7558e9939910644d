"""Making the engine of a combination, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nitedr_ros.bench.combination import RUNNERS, Combination
from nitedr_ros.bench.memory import Growth, measured_growth
from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.bench.quality import Quality, compared, restored
from nitedr_ros.bench.scenes import Pair
from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Engine, Inference
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.errors import EngineError

Maker = Callable[[Model, Combination, EngineConfig], Engine]


@dataclass(frozen=True)
class Opened:
    """An engine that runs its combination.

    quality: None where there is nothing to compare with.
    """

    combination: Combination
    engine: Engine
    growth: Growth
    quality: Quality | None


@dataclass(frozen=True)
class Refused:
    """A combination that can't run here, and why."""

    combination: Combination
    reason: str


class EngineOpener:
    """Makes engines by a configuration.

    models: by name. makers: of engines that the configuration doesn't know, by Runner.engine.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        config: EngineConfig,
        makers: Mapping[str, Maker],
        nvml: Nvml | None = None,
    ) -> None:
        self.models = models
        self.config = config
        self._makers = makers
        self._nvml = nvml

    def make(self, combination: Combination) -> Engine:
        """Return the engine, ready for the combination's size.

        Raises EngineError or InputError where it can't run, also where it would compute in
        another precision.
        """
        runner = RUNNERS[combination.engine]
        model = self.models[combination.model]
        if runner.engine in self._makers:
            engine = self._makers[runner.engine](model, combination, self.config)
        else:
            changes: dict[str, object] = {
                'name': runner.engine,
                'precision': combination.precision,
                'fallback': False,
            }
            if runner.providers:
                changes['providers'] = runner.providers
            engine = create_engine(runner.engine, model, self.config.model_copy(update=changes))
        engine.warm_up(*combination.size)
        found = engine.info.precision
        if found != combination.precision:
            raise EngineError(
                f'expected {combination.engine} to compute in {combination.precision}, it '
                f'computes {model.name} in {found}: ask for that'
            )
        return engine

    def open(
        self, combination: Combination, scenes: Sequence[Pair], right: Sequence[Inference] | None
    ) -> Opened:
        """Make the engine, run it on the scenes and compare it with the right images, if any.

        Raises as `make` does.
        """
        with measured_growth(self._nvml) as growth:
            engine = self.make(combination)
            engine.infer(*scenes[0])
        quality = None if right is None else compared(restored(engine, scenes), right)
        return Opened(combination, engine, growth, quality)
