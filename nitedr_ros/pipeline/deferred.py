"""Images that are made only where somebody wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar('Made')


class Deferred(Generic[Made]):
    """Something that is made when it is first asked for, and kept.

    What makes it must be free of effects: two threads that ask at once may each make it.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make: Callable[[], Made] | None = make
        self._made: list[Made] = []

    @classmethod
    def ready(cls, made: Made) -> Deferred[Made]:
        """Return what is there already."""
        return cls(lambda: made)

    def get(self) -> Made:
        """Return it, made now if it was not yet."""
        make = self._make
        if make is not None:
            self._made.append(make())
            # Lets go of what it was made from.
            self._make = None
        return self._made[0]
