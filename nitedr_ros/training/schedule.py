"""How far a run is, which stage that is, and the learning rate there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nitedr_ros.training.settings import BudgetConfig, StageName, TrainingConfig

STAGES: tuple[StageName, StageName] = ('clean', 'fusion')


@dataclass(frozen=True)
class Schedule:
    """The two stages over the budget; each has a warm-up and one cosine down to zero.

    boundary: the share of the budget after which the second stage begins.
    """

    budget: BudgetConfig
    boundary: float
    warm_ups: tuple[int, int]

    @classmethod
    def of(cls, config: TrainingConfig) -> Schedule:
        """Return the schedule that a configuration asks for."""
        warm_ups = (config.clean.warm_up_steps, config.fusion.warm_up_steps)
        return cls(config.budget, 1 - config.fusion.share, warm_ups)

    def progress(self, steps: int, seconds: float) -> float:
        """Return which share of the budget is spent after so many steps and seconds, 0 to 1."""
        if self.budget.steps is not None:
            return min(1.0, steps / self.budget.steps)
        assert self.budget.minutes is not None
        return min(1.0, seconds / (60 * self.budget.minutes))

    def stage(self, progress: float) -> int:
        """Return the index in STAGES of the stage at this share of the budget."""
        # Shares of steps aren't exact: 1 - 0.3 is a little less than 7 of 10.
        return int(progress >= self.boundary - 1e-9)

    def factor(self, progress: float, stage_steps: int) -> float:
        """Return what the stage's rate is multiplied by, 0 to 1, before its next step.

        stage_steps: steps done since the stage began.
        """
        stage = self.stage(progress)
        start, end = ((0.0, self.boundary), (self.boundary, 1.0))[stage]
        within = min(1.0, max(0.0, (progress - start) / max(end - start, 1e-9)))
        warm_up = min(1.0, (stage_steps + 1) / (self.warm_ups[stage] + 1))
        return warm_up * 0.5 * (1 + math.cos(math.pi * within))
