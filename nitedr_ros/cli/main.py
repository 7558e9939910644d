"""The command line: one command a file, errors in one line, exit codes that mean something.

0 done; 1 failed; 2 wrong usage; 3 input can't be used; 4 configuration can't be used; 5 output
can't be written; 6 no engine or model can run; 7 a calibration can't be used; 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from nitedr_ros import __version__
from nitedr_ros.cli.align import align
from nitedr_ros.cli.bench import bench
from nitedr_ros.cli.build_engine import build_engine
from nitedr_ros.cli.check import check
from nitedr_ros.cli.console import fail
from nitedr_ros.cli.doctor import doctor
from nitedr_ros.cli.eval import evaluate
from nitedr_ros.cli.export import export
from nitedr_ros.cli.images import images
from nitedr_ros.cli.models import models
from nitedr_ros.cli.plans import plans
from nitedr_ros.cli.replay import replay
from nitedr_ros.cli.synth import synth
from nitedr_ros.cli.topics import topics
from nitedr_ros.cli.train import train
from nitedr_ros.errors import NitedrError

app = typer.Typer(
    name='nitedr',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help='See through a rainy night: de-rain and fuse visible and thermal images.',
)
for command in (replay, check, images, synth, topics, align, train, export, bench, models, doctor):
    app.command()(command)
app.command('eval')(evaluate)
app.command('build-engine')(build_engine)
app.command()(plans)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f'nitedr {__version__}')
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, '--version', callback=_show_version, is_eager=True, help='Print the version.'
    ),
) -> None:
    """See through a rainy night: de-rain and fuse visible and thermal images."""


def run() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        app()
    except NitedrError as error:
        fail(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        fail('interrupted')
        sys.exit(130)


if __name__ == '__main__':
    run()
