"""What the user sees of a run: a bar with the time that is left, and a line a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Watcher(Protocol):
    """What a trainer tells of its progress."""

    def moved(self, step: int, progress: float, stage: str) -> None:
        """After each step. progress: share of the budget, 0 to 1."""

    def reported(self, text: str) -> None:
        """What the user should read, one line."""


class Silent:
    """Shows nothing: for processes beside the first one, and for callers without a terminal."""

    def moved(self, step: int, progress: float, stage: str) -> None:
        """Show nothing."""

    def reported(self, text: str) -> None:
        """Show nothing."""


class Bar:
    """Shows a bar on a terminal, else only lines; closes with the `with` statement."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._console = console
        self._task = self._bar.add_task('loading', total=1.0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def moved(self, step: int, progress: float, stage: str) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=progress, description=f'{stage} {step}')

    def reported(self, text: str) -> None:
        """Print the line above the bar."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)
