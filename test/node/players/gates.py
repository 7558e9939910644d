"""The test's side of the gates of gated_node.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

SCRIPT = Path(__file__).parent / 'gated_node.py'
PLANNING = SCRIPT.with_name('planning_node.py')
ALWAYS = 10_000
"""More than any test needs, and less than a FIFO holds."""


class Gates:
    """Both gates; used with `with`.

    command: what starts the node behind them.
    """

    def __init__(self, folder: Path, script: Path = SCRIPT) -> None:
        paths = [str(folder / name) for name in ('opening', 'inference')]
        for path in paths:
            os.mkfifo(path)
        self.command = (sys.executable, str(script), *paths)
        self._opening, self._inference = (os.open(path, os.O_RDWR) for path in paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them; the node keeps its own ends."""
        os.close(self._opening)
        os.close(self._inference)

    def let_open(self, times: int = ALWAYS) -> None:
        """Let the engine be opened so many times."""
        os.write(self._opening, bytes(times))

    def let_infer(self, pairs: int = ALWAYS) -> None:
        """Let so many pairs through."""
        os.write(self._inference, bytes(pairs))
