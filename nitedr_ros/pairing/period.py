"""Estimate of a camera's frame period."""

from __future__ import annotations

from collections import deque

_WINDOW = 16
_NEEDED = 3


class PeriodEstimate:
    """Median period of recent frames, how far it strays, and the least latency seen.

    The median ignores the double and triple periods that dropped frames leave.
    """

    def __init__(self) -> None:
        """Start without any knowledge; three periods make an estimate."""
        self._periods: deque[int] = deque(maxlen=_WINDOW)
        self._latencies: deque[int] = deque(maxlen=_WINDOW)
        self._known: tuple[int, int] | None = None

    def reset(self) -> None:
        """Forget everything."""
        self._periods.clear()
        self._latencies.clear()
        self._known = None

    def add(self, period_ns: int | None, latency_ns: int) -> None:
        """Take in a frame.

        period_ns: its stamp minus the stamp of the frame before it; None for the first.
        latency_ns: its arrival minus its stamp; any constant between the two clocks cancels.
        """
        self._latencies.append(latency_ns)
        if period_ns is not None:
            self._periods.append(period_ns)
        self._known = None

    @property
    def known(self) -> bool:
        """Whether enough frames have come for an estimate."""
        return len(self._periods) >= _NEEDED

    @property
    def period_ns(self) -> int:
        """Median period; only if `known`."""
        return self._estimate()[0]

    @property
    def margin_ns(self) -> int:
        """How much earlier than the median the next stamp may well be; only if `known`.

        Twice the largest deviation seen, at least a twentieth and at most half of the period.
        """
        return self._estimate()[1]

    @property
    def least_latency_ns(self) -> int:
        """Smallest arrival minus stamp of recent frames; only if `known`."""
        return min(self._latencies)

    def _estimate(self) -> tuple[int, int]:
        if self._known is None:
            ordered = sorted(self._periods)
            median = ordered[len(ordered) // 2]
            half = median // 2
            stray = max(abs(p - median) for p in ordered if abs(p - median) <= half)
            self._known = median, min(max(2 * stray, median // 20), half)
        return self._known
