"""`nitedr train`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from nitedr_ros.cli.console import errors, say
from nitedr_ros.errors import EngineError

_NEEDED = ('torch', 'safetensors')


def train(
    config: Annotated[
        Path, typer.Argument(metavar='CONFIG', help='What to train; see config/training.')
    ],
    data: Annotated[
        Path,
        typer.Option(
            metavar='DIR',
            help='Folder of the image sets roadscene-rain, roadscene-hr, msrs and other-rain.',
        ),
    ],
    out: Annotated[Path, typer.Option(metavar='RUN', help='Folder for weights, card and log.')],
    resume: Annotated[
        bool, typer.Option('--resume', help='Go on with the run in RUN, as if never stopped.')
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, max=10_000, help='Instead of the budget in CONFIG.')
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=100_000_000, help='Instead of the budget in CONFIG.')
    ] = None,
    device: Annotated[
        Literal['auto', 'cpu', 'cuda'], typer.Option(help='auto takes a GPU where there is one.')
    ] = 'auto',
) -> None:
    """Train a pair of networks; `torchrun -m nitedr_ros train …` trains on several GPUs at once.

    Ctrl-C or a termination saves the run first: --resume goes on with it.
    """
    if minutes is not None and steps is not None:
        raise typer.BadParameter('expected --minutes or --steps, got both')
    for package in _NEEDED:
        if find_spec(package) is None:
            raise EngineError(
                f'expected {package} for training, it is missing: pip install "nitedr_ros[train]"'
            )
    # Imported here so that the other commands do without torch.
    from nitedr_ros.training import command  # noqa: PLC0415

    job = command.TrainingJob(config, data, out, minutes, steps, resume, device)
    report = command.run_training(job, errors())
    if not report.first:
        return
    account = report.account
    say(f'weights  {report.folder.best} (step {account.best_step} of {account.step})')
    say(f'card     {report.folder.card}')
    if account.best_score is not None:
        say(f'shortfall against the targets  {account.best_score[0]:.3f}')
    if account.skipped:
        say(f'skipped  {account.skipped} steps that were not finite')
    say(f'export   nitedr export --model {out} --registry models --name {out.resolve().name}')
