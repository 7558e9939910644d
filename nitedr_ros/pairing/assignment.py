"""Best assignment of thermal to visible frames, each used once, by dynamic programming.

For costs that grow with the distance of points on a line some optimal assignment has no crossing
pairs, so the best one follows from a table over prefixes of both sequences, as in sequence
alignment (Needleman and Wunsch, 1970).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

State = tuple[int, int]


def gain_ns(skew_ns: int, max_skew_ns: int) -> int:
    """What a pair is worth: max_skew - |skew|, and 1 ns more so that one at the limit counts."""
    return max(0, max_skew_ns + 1 - abs(skew_ns))


class Assignment:
    """Table of the best total gain for every prefix of the visible and of the thermal frames.

    State (i, j) stands for the first i visible and the first j thermal frames.
    """

    def __init__(
        self, visible_ns: Sequence[int], thermal_ns: Sequence[int], max_skew_ns: int
    ) -> None:
        """visible_ns, thermal_ns: stamps in order; a restarted recording may follow another."""
        row = [0] * (len(thermal_ns) + 1)
        self._rows = [row]
        for visible in visible_ns:
            before = row
            for j, thermal in enumerate(thermal_ns):
                skew_ns = thermal - visible
                if not -max_skew_ns <= skew_ns <= max_skew_ns:
                    continue
                total = before[j] + gain_ns(skew_ns, max_skew_ns)
                if row is before:
                    row = before.copy()
                # Rows never fall, so all lesser totals stand in one stretch from here on.
                end = bisect_left(row, total, j + 1)
                row[j + 1 : end] = [total] * (end - j - 1)
            self._rows.append(row)

    def total(self, i: int, j: int) -> int:
        """Best total gain of state (i, j), nanoseconds."""
        return self._rows[i][j]

    def back(self, state: State) -> State:
        """The state before `state` on the best way to it; two less where it is a pair."""
        i, j = state
        total = self._rows[i][j]
        if j and self._rows[i][j - 1] == total:
            return i, j - 1
        if i and self._rows[i - 1][j] == total:
            return i - 1, j
        return i - 1, j - 1

    def pairs(self, state: State) -> list[State]:
        """Indices (visible, thermal) of the pairs on the best way to `state`, in order."""
        found = []
        while state != (0, 0):
            before = self.back(state)
            if before[0] < state[0] and before[1] < state[1]:
                found.append(before)
            state = before
        return found[::-1]

    def meeting(self, states: Iterable[State]) -> State:
        """The last state that the best ways to all of `states` share."""
        ends = set(states)
        while len(ends) > 1:
            furthest = max(ends, key=sum)
            ends.remove(furthest)
            ends.add(self.back(furthest))
        return ends.pop()


def best_pairs(
    visible_ns: Sequence[int], thermal_ns: Sequence[int], max_skew_ns: int
) -> list[State]:
    """Pairs, as indices (visible, thermal), that maximise the sum of max_skew - |skew|.

    visible_ns, thermal_ns: all stamps of a recording, rising. This is the optimum that a
    synchroniser which sees the whole recording at once would find.
    """
    table = Assignment(visible_ns, thermal_ns, max_skew_ns)
    return table.pairs((len(visible_ns), len(thermal_ns)))
