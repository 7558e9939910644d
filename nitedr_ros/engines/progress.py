"""How far long work on an engine is, such as building a plan."""

from __future__ import annotations


class Progress:
    """Is told how far the work is, and may ask it to end.

    The thread that does the work tells; any thread may read.
    """

    def __init__(self) -> None:
        self.cancelled = False
        """Set where the work should end as soon as it can, without a result."""
        self._what = ''
        self._share: float | None = None

    @property
    def text(self) -> str:
        """What is being done, and how much of it is done; '' for nothing."""
        what, share = self._what, self._share
        return what if share is None else f'{what}, {share:.0%}'

    def moved(self, what: str, share: float | None = None) -> None:
        """Note what is being done; share: how much of it is done, 0 to 1, where that is known."""
        self._what, self._share = what, share

    def done(self) -> None:
        """Note that nothing is being done any more."""
        self.moved('')
