"""What the commands share in speaking to the terminal: figures on stdout, all else on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from nitedr_ros.engines.progress import Progress as Work

_WIDEST = 400


def output() -> Console:
    """Return the console on standard output."""
    return Console()


def errors() -> Console:
    """Return the console on standard error."""
    return Console(stderr=True)


def say(text: str) -> None:
    """Print a line on standard output as it is, without breaking it."""
    output().print(text, highlight=False, markup=False, soft_wrap=True)


def print_whole(table: Table) -> None:
    """Print a table at its full width: a log counts as 80 columns, which would cut figures off."""
    console = output()
    wanted = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    console.width = max(console.width, wanted)
    console.print(table)


def note(text: str) -> None:
    """Print a line that the user should know of on standard error."""
    errors().print(f'[yellow]note:[/yellow] {escape(text)}', highlight=False, soft_wrap=True)


def fail(text: str) -> None:
    """Print an error on standard error."""
    errors().print(f'[red]error:[/red] {escape(text)}', highlight=False, soft_wrap=True)


def print_json(figures: Any) -> None:
    """Print plain data as JSON on standard output, nothing else with it."""
    print(json.dumps(figures, indent=2, ensure_ascii=False))


class Told(Work):
    """Notes what takes long on an engine, a line for each thing."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ''

    def moved(self, what: str, share: float | None = None) -> None:
        """Say what is being done where it is another thing than before."""
        super().moved(what, share)
        thing = what.partition(':')[0]
        if thing and thing != self._said:
            self._said = thing
            note(thing)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error and give a function to call with done and total.

    It stays away where standard error is no terminal, so that logs hold no bars.
    """
    console = errors()
    columns = (
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
