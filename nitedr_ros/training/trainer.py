"""The loop: batches in, weights out, and everything in between that must not go wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from nitedr_ros.errors import InputError, NitedrError
from nitedr_ros.training.checkpoint import restore_checkpoint, write_checkpoint
from nitedr_ros.training.ema import Average
from nitedr_ros.training.interruption import Interruption
from nitedr_ros.training.log import Log
from nitedr_ros.training.losses import Terms
from nitedr_ros.training.objective import Objective
from nitedr_ros.training.patches import Patches
from nitedr_ros.training.processes import Processes
from nitedr_ros.training.progress import Watcher
from nitedr_ros.training.run_folder import RunFolder
from nitedr_ros.training.schedule import STAGES, Schedule
from nitedr_ros.training.settings import TrainingConfig
from nitedr_ros.training.validation import Figures, score

_REPORT_EVERY = 50
"""Steps between two lines of the log."""
_SAVE_EVERY_S = 120.0
_STATE = ('account', 'pair', 'average', 'optimiser', 'generators', 'config', 'teacher')


@dataclass
class Account:
    """Where a run stands. seconds: of training so far, over all sittings.

    skipped: steps that were not finite; in_a_row: the last ones of them without a good one.
    best_score, best_figures, best_step: of the best validation, None before the first.
    """

    step: int = 0
    stage: int = 0
    stage_steps: int = 0
    seconds: float = 0.0
    validated: float = 0.0
    skipped: int = 0
    in_a_row: int = 0
    best_score: tuple[float, float] | None = None
    best_step: int | None = None
    best_figures: Figures = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What a run stands on: folder, log, processes, who watches, and how to validate a pair."""

    folder: RunFolder
    log: Log | None
    processes: Processes
    watcher: Watcher
    validate: Callable[[nn.Module], Figures]


class Trainer:
    """Trains a pair on a device, from the start or from where a checkpoint stands.

    pair: on the device, in channels_last memory. objective: of the pair. adapter: what is trained
    beside the pair to learn from a teacher, if anything.
    """

    def __init__(
        self,
        pair: nn.Module,
        objective: Objective,
        patches: Patches,
        config: TrainingConfig,
        ground: Ground,
        adapter: nn.Module | None = None,
    ) -> None:
        self.account = Account()
        self._pair, self._objective, self._patches = pair, objective, patches
        self._config, self._ground, self._adapter = config, ground, adapter
        self._schedule = Schedule.of(config)
        # Some weights never learn, and freezing a stage's others must not forget which.
        self._learning = {
            name: [each for each in part.parameters() if each.requires_grad]
            for name, part in (
                ('clean', pair.clean),
                ('fusion', pair.fusion),
                ('adapter', adapter),
            )
            if part is not None
        }
        self._device = next(pair.parameters()).device
        ground.processes.same_weights(pair)
        self._average = Average(pair, config.optimiser.average)
        self._optimiser = self._begin(0)
        self._saved_at = 0.0
        self._sums: dict[str, Tensor] = {}
        self._since = (0, 0.0)

    def run(self) -> Account:
        """Train until the budget is spent and return the account.

        What is reached is on disk afterwards, also when the user interrupts: the step is done
        first, then KeyboardInterrupt raised. Several processes go on from their last checkpoint
        then. Raises NitedrError where too many steps in a row are not finite.
        """
        started = time.monotonic() - self.account.seconds
        self._since = (self.account.step, self.account.seconds)
        self._saved_at = self.account.seconds
        with Interruption() as interruption:
            while True:
                if self._due():
                    self.save()
                    self._validate()
                    self._look_at_clock(started)
                    self.save()
                if (progress := self._progress()) >= 1.0:
                    return self.account
                self._step(progress)
                self._look_at_clock(started)
                if interruption.asked:
                    # Several processes are not at the same step when they are told to stop.
                    if self._ground.processes.count == 1:
                        self.save()
                    raise KeyboardInterrupt
                if self.account.seconds - self._saved_at > _SAVE_EVERY_S:
                    self.save()

    def resume(self) -> None:
        """Take up the run from its folder's checkpoint.

        Raises InputError where there is none, or where it is another run's.
        """
        path = self._ground.folder.last
        state = restore_checkpoint(path, _STATE)
        config, now = state['config'], comparable(self._config)
        if differing := [name for name in now if config.get(name) != now[name]]:
            raise InputError(
                f'expected the configuration that the run in {path.parent} began with, '
                f'{differing[0]} differs: go on with that one, or begin a run in another folder'
            )
        processes = self._ground.processes
        if len(state['generators']) != processes.count:
            raise InputError(
                f'expected {len(state["generators"])} processes, with which the run in '
                f'{path.parent} began, got {processes.count}: start as many'
            )
        account = dict(state['account'])
        if account['best_score'] is not None:
            account['best_score'] = tuple(account['best_score'])
        self.account = Account(**account)
        self._pair.load_state_dict(state['pair'])
        self._average.network.load_state_dict(state['average'])
        if self._adapter is not None:
            self._adapter.load_state_dict(state['teacher'])
        self._optimiser = self._begin(self.account.stage)
        self._optimiser.load_state_dict(state['optimiser'])
        drawn = state['generators'][processes.rank]
        for generator, left in zip(self._patches.generators, drawn, strict=True):
            generator.set_state(left)

    def save(self) -> None:
        """Write the checkpoint; every process takes part, the first one writes."""
        generators = [generator.get_state() for generator in self._patches.generators]
        every = self._ground.processes.gathered(generators)
        self._saved_at = self.account.seconds
        if not self._ground.processes.first:
            return
        account = asdict(self.account)
        if self.account.best_score is not None:
            account['best_score'] = list(self.account.best_score)
        write_checkpoint(
            self._ground.folder.last,
            {
                'account': account,
                'pair': self._pair.state_dict(),
                'average': self._average.network.state_dict(),
                'teacher': {} if self._adapter is None else self._adapter.state_dict(),
                'optimiser': self._optimiser.state_dict(),
                'generators': every,
                'config': comparable(self._config),
            },
        )

    def _progress(self) -> float:
        return self._schedule.progress(self.account.step, self.account.seconds)

    def _look_at_clock(self, started: float) -> None:
        # Clocks differ, and processes that see other times would part ways.
        seconds = time.monotonic() - started
        self.account.seconds = self._ground.processes.told_by_first(seconds, self._device)

    def _begin(self, stage: int) -> torch.optim.Optimizer:
        """Return the optimiser of a stage; what the stage doesn't train is frozen."""
        config = self._config
        if STAGES[stage] == 'fusion':
            rates = {'clean': config.fusion.clean_rate, 'fusion': config.fusion.rate}
        else:
            rates = {'clean': config.clean.rate, 'adapter': config.clean.rate}
        groups: list[dict[str, Any]] = []
        for name, parameters in self._learning.items():
            rate = rates.get(name, 0.0)
            for parameter in parameters:
                parameter.requires_grad_(rate > 0)
            if rate > 0:
                groups.append({'params': parameters, 'rate': rate, 'lr': rate})
        return torch.optim.AdamW(
            groups,
            weight_decay=self._config.optimiser.weight_decay,
            fused=self._device.type == 'cuda',
        )

    def _step(self, progress: float) -> None:
        account = self.account
        stage = self._schedule.stage(progress)
        if stage != account.stage or account.step == 0:
            account.stage, account.stage_steps, account.in_a_row = stage, 0, 0
            self._sums.clear()
            self._optimiser = self._begin(stage)
        factor = self._schedule.factor(progress, account.stage_steps)
        for group in self._optimiser.param_groups:
            group['lr'] = group['rate'] * factor
        terms = self._objective.terms(self._patches.next(), STAGES[stage])
        self._optimiser.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        parameters = [each for group in self._optimiser.param_groups for each in group['params']]
        self._ground.processes.average_gradients(parameters)
        norm = nn.utils.clip_grad_norm_(parameters, self._config.optimiser.clip)
        account.step += 1
        account.stage_steps += 1
        if math.isfinite(float(norm)):
            account.in_a_row = 0
            self._optimiser.step()
            self._average.follow(self._pair, account.step)
            self._add(terms)
        else:
            account.skipped += 1
            account.in_a_row += 1
            if account.in_a_row >= self._config.optimiser.skips_in_a_row:
                raise NitedrError(
                    f'expected a finite loss, the last {account.in_a_row} steps before step '
                    f'{account.step} had none: lower the rate, or look into the data'
                )
        self._ground.watcher.moved(account.step, progress, STAGES[stage])
        if account.step % _REPORT_EVERY == 0:
            self._report(factor)

    def _add(self, terms: Terms) -> None:
        for name, term in terms.items():
            value = term.detach()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        one = torch.ones((), device=self._device)
        self._sums['steps'] = self._sums['steps'] + one if 'steps' in self._sums else one

    def _report(self, factor: float) -> None:
        account, log = self.account, self._ground.log
        sums = {name: float(value) for name, value in self._sums.items()}
        self._sums.clear()
        steps = sums.pop('steps', 0.0)
        if log is None or not steps:
            return
        means = {name: value / steps for name, value in sums.items()}
        done = (account.step - self._since[0]) * self._config.patches.batch
        seconds = max(account.seconds - self._since[1], 1e-9)
        self._since = (account.step, account.seconds)
        log.write(
            'training',
            account.step,
            stage=STAGES[account.stage],
            loss=sum(means.values()),
            **means,
            rate_factor=factor,
            skipped=account.skipped,
            patches_per_second=done / seconds * self._ground.processes.count,
            seconds=account.seconds,
        )

    def _due(self) -> bool:
        """Whether a validation is due; each process comes to the same."""
        validated, progress = self.account.validated, self._progress()
        next_one = min(1.0, validated + self._config.validation.every)
        return progress > validated and progress + 1e-9 >= next_one

    def _validate(self) -> None:
        progress = self._progress()
        if self._ground.processes.first:
            self._validate_average()
        # Only now, so that a run that is stopped meanwhile validates when it goes on.
        self.account.validated = progress

    def _validate_average(self) -> None:
        account = self.account
        figures = self._ground.validate(self._average.network)
        reached = score(figures, self._config.targets)
        better = account.best_score is None or reached < account.best_score
        account.figures = figures
        if better:
            account.best_score, account.best_step = reached, account.step
            account.best_figures = figures
            self._ground.folder.write_best(self._average.network)
        if self._ground.log is not None:
            mark = 'best' if better else ''
            self._ground.log.write(
                'validation', account.step, stage=STAGES[account.stage], mark=mark,
                shortfall=reached[0], **figures,
            )  # fmt: skip
        shown = ', '.join(f'{name} {value:.3g}' for name, value in figures.items())
        self._ground.watcher.reported(
            f'step {account.step}, {account.seconds:.0f} s: shortfall {reached[0]:.3f}'
            f'{" (best)" if better else ""}; {shown}'
        )


def comparable(config: TrainingConfig) -> dict[str, Any]:
    """Return the configuration as plain data."""
    return config.model_dump(mode='json')
