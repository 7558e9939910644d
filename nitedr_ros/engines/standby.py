"""An engine with others behind it, for what shows only when the images' size is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.wrapped import WrappedEngine
from nitedr_ros.errors import EngineError


class Chosen(Protocol):
    """What choosing an engine comes to."""

    @property
    def engine(self) -> Engine:
        """The engine."""


Next = Callable[[], Chosen]
"""Chooses the next engine; raises EngineError where there is none."""


class StandbyEngine(WrappedEngine):
    """Runs an engine; where that can't be prepared for a size, the next one takes over for good.

    A failure on a single frame makes no difference: that is the pipeline's to deal with.
    """

    def __init__(self, engine: Engine, make_next: Next) -> None:
        self._engine = engine
        self._make_next: Next | None = make_next
        self._warning = ''

    @property
    def builds_plans(self) -> bool:
        """Whether the engine in use does."""
        return self._engine.builds_plans

    @property
    def warning(self) -> str:
        """Why another engine took over; '' where none did."""
        return self._warning or self._engine.warning

    def warm_up(self, height: int, width: int) -> None:
        """Prepare for a size; raises EngineError where the last engine can't either."""
        try:
            self._engine.warm_up(height, width)
        except EngineError as error:
            if self._make_next is None:
                raise
            name = self._engine.info.engine
            try:
                successor = self._make_next().engine
                successor.warm_up(height, width)
            except EngineError as second:
                raise EngineError(f'{name}: {error}; and in its place: {second}') from None
            self._engine, self._make_next = successor, None
            self._warning = f'{successor.info.engine} runs in place of {name}: {error}'
