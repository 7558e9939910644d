"""Rates from counts."""

from __future__ import annotations


class RateMeter:
    """How often a second something was counted, between two looks at the count."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None

    def read(self, count: int, now_ns: int) -> float:
        """Return the rate since the look before, Hz; 0 at the first, and where a count restarts.

        now_ns: steady clock.
        """
        last, self._last = self._last, (count, now_ns)
        if last is None or now_ns <= last[1] or count < last[0]:
            return 0.0
        return 1e9 * (count - last[0]) / (now_ns - last[1])
