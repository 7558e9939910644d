"""All that is measured of one combination."""

from __future__ import annotations

from collections.abc import Sequence

from nitedr_ros.bench.beside import BesideTurn
from nitedr_ros.bench.energy import EnergyMeter
from nitedr_ros.bench.opening import Opened
from nitedr_ros.bench.scenes import Pair
from nitedr_ros.bench.turns import PipelinedTurn, SequentialTurn
from nitedr_ros.engines.engine import Engine, PipelinedEngine
from nitedr_ros.errors import EngineError


class Measurement:
    """One combination's turns; once it fails it takes no more of them.

    sequential, pipelined (None where the engine isn't), beside (None where nothing is to run
    beside): what they found. failure: why it takes no more turns; '' as long as it does.
    """

    def __init__(
        self,
        opened: Opened,
        scenes: Sequence[Pair],
        meter: EnergyMeter,
        neighbour: Engine | None = None,
    ) -> None:
        """neighbour: what is to run beside, half of the time."""
        self.opened = opened
        engine = opened.engine
        self.sequential = SequentialTurn(engine, scenes, meter, opened.combination.device)
        self.pipelined = (
            PipelinedTurn(engine, scenes) if isinstance(engine, PipelinedEngine) else None
        )
        self.beside = None if neighbour is None else BesideTurn(engine, neighbour, scenes)
        self.failure = ''

    def take(self, seconds: float) -> None:
        """Let each kind of turn run for so long."""
        if self.failure:
            return
        try:
            for turn in (self.sequential, self.pipelined, self.beside):
                if turn is not None:
                    turn.take(seconds)
        except EngineError as error:
            self.failure = str(error)
