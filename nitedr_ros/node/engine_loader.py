"""Opens engines beside the node's callbacks, which go on meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.background import BackgroundEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.selection import Selection
from nitedr_ros.errors import NitedrError

OpenEngine: TypeAlias = Callable[[Config, Progress, tuple[int, int] | None], Selection]
"""Makes the engine that a configuration asks for, ready for images of a height and width where
these are known, and tells of what takes long; raises NitedrError."""


class Loading:
    """One engine that is being opened and warmed up in a thread of its own.

    The thread can't be interrupted, but for the build of a plan; what it makes after `abandon` is
    left alone. Engines that build plans go on doing so in the background when they meet another
    size.
    """

    def __init__(
        self,
        open_engine: OpenEngine,
        config: Config,
        size: tuple[int, int] | None,
        on_done: Callable[[Loading], None] = lambda loading: None,
    ) -> None:
        """size: height and width of the images to warm up for, pixels; None where not known.

        on_done: called in the thread when all is done, well or not, unless it was abandoned.
        """
        self.config = config
        self.selection: Selection | None = None
        self.failure = ''
        self.progress = Progress()
        self._open_engine, self._size, self._on_done = open_engine, size, on_done
        self._start_ns = time.monotonic_ns()
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name='nitedr loader', daemon=True)

    def start(self) -> None:
        """Begin; on_done may be called before this returns."""
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is an engine, or a failure."""
        return self.selection is not None or bool(self.failure)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return (time.monotonic_ns() - self._start_ns) / 1e9

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is done, or the time is over; return whether it is done."""
        self._thread.join(timeout_s)
        return self.done

    def abandon(self) -> None:
        """Take no more notice of it."""
        self._abandoned = True
        self.progress.cancelled = True

    def _run(self) -> None:
        try:
            selection = self._open_engine(self.config, self.progress, self._size)
            engine = selection.engine
            if self._size is not None and not self._abandoned:
                engine.warm_up(*self._size)
            if engine.builds_plans:
                engine = BackgroundEngine(engine, self._size)
            self.selection = replace(selection, engine=engine)
        except NitedrError as error:
            self.failure = str(error)
        except Exception as error:  # noqa: BLE001 - runtimes raise what they like
            self.failure = f'{type(error).__name__}: {error}'
        if not self._abandoned:
            self._on_done(self)
