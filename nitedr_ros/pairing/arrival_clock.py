"""A clock that only runs forward, made of the arrival times the caller passes."""

from __future__ import annotations


class ArrivalClock:
    """Turns arrival times into a time that never runs back.

    A small step back (bags keep receive times of two topics that are slightly out of order) holds
    the clock still. A step back of `restart_ns` or more (the next pass of a bag, a corrected
    system clock) counts as no time at all, and the clock runs on from there; without that every
    deadline would hang until the old time is reached again.
    """

    def __init__(self, restart_ns: int) -> None:
        """restart_ns: nanoseconds, from where on a step back means that the source restarted."""
        self.restart_ns = restart_ns
        self._offset_ns = 0
        self._now_ns: int | None = None

    def read(self, arrival_ns: int) -> int:
        """Time of the event that the caller says came at `arrival_ns`, nanoseconds."""
        time_ns = arrival_ns + self._offset_ns
        if self._now_ns is not None and time_ns < self._now_ns:
            if self._now_ns - time_ns >= self.restart_ns:
                self._offset_ns = self._now_ns - arrival_ns
            time_ns = self._now_ns
        self._now_ns = time_ns
        return time_ns

    def as_arrival(self, time_ns: int) -> int:
        """`time_ns` of this clock on the caller's clock, nanoseconds."""
        return time_ns - self._offset_ns
