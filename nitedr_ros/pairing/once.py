"""Pairing in which each frame is used once, for the least skew overall."""

from __future__ import annotations

from collections import deque
from itertools import accumulate
from typing import TYPE_CHECKING

from nitedr_ros.pairing.assignment import Assignment, State, best_pairs, gain_ns
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.pairing.cameras import Cameras
    from nitedr_ros.pairing.ledger import Ledger
    from nitedr_ros.pairing.limits import Limits
    from nitedr_ros.pairing.sensor_stream import HeldFrame

_REMEMBERED = 32


class OncePolicy:
    """Maximises the sum of max_skew - |skew| over pairs, as frames come in.

    A decision is taken as soon as it is the same in every future: of all states from which frames
    yet to come could go on, the best ways share a first part, and that part is final (the way an
    online Viterbi decoder emits). The next frame of a camera is taken to be half a period away at
    least; apart from that the result is the optimum of the whole recording if wait_ms covers the
    time until the other camera has passed a frame.

    Deadlines: a visible frame is decided wait_ms after its arrival at the latest, by the best
    assignment of the frames at hand and of the next visible frame, if one is due soon. A thermal
    frame delays nothing by waiting, so it stays until the visible camera has passed it or is lost,
    or for lost_after_ms where the visible camera is in another recording. At the end of the
    recording each visible frame is decided as at its deadline, so that the end of a bag gives the
    same pairs whether the bag is then played again or not.
    """

    def __init__(self, limits: Limits, cameras: Cameras, ledger: Ledger) -> None:
        """Work on the synchroniser's streams and account."""
        self._limits = limits
        self._cameras = cameras
        self._ledger = ledger
        self._held: dict[Sensor, list[HeldFrame]] = {sensor: [] for sensor in Sensor}
        self._decided: dict[Sensor, deque[tuple[int, int | None]]] = {
            sensor: deque(maxlen=_REMEMBERED) for sensor in Sensor
        }

    def add(self, sensor: Sensor, held: HeldFrame) -> None:
        """Hold a frame."""
        self._held[sensor].append(held)

    def limit(self, limits: Limits) -> None:
        """Go on under other limits with the same offsets; frames held stay."""
        self._limits = limits

    def pending(self, sensor: Sensor) -> int:
        """Frames of the camera that wait."""
        return len(self._held[sensor])

    def settle(self) -> None:
        """Decide what is certain, and what is due."""
        visible, thermal = self._held[Sensor.VISIBLE], self._held[Sensor.THERMAL]
        while visible or thermal:
            table = Assignment(
                [held.key_ns for held in visible],
                [held.key_ns for held in thermal],
                self._limits.max_skew_ns,
            )
            certain = table.meeting(self._open_states(table))
            if certain != (0, 0):
                self._commit(table.pairs(certain), certain)
            elif not self._decide_due(table):
                return

    def next_event_ns(self) -> int | None:
        """Next deadline, loss of a camera, or end of an outlived thermal frame."""
        visible, thermal = self._held[Sensor.VISIBLE], self._held[Sensor.THERMAL]
        times: list[int | None] = []
        if visible:
            times.append(self._deadline_ns(visible[0]))
            times.append(self._cameras.lost_at_ns(Sensor.THERMAL))
        if thermal:
            times.append(thermal[0].arrival_ns + self._limits.lost_after_ns)
            times.append(self._cameras.lost_at_ns(Sensor.VISIBLE))
        now_ns = self._cameras.now_ns
        return min((t for t in times if t is not None and t > now_ns), default=None)

    def _open_states(self, table: Assignment) -> set[State]:
        """States from which the optimum may go on with frames that have not come yet.

        Leaving held frames open for the future pays off by no more than what each could gain at
        best; a state that a further one beats by more than that is none of them.
        """
        n, m = len(self._held[Sensor.VISIBLE]), len(self._held[Sensor.THERMAL])
        states = {(n, m)}
        for sensor, edge in (
            (Sensor.VISIBLE, [(k, m) for k in range(n + 1)]),
            (Sensor.THERMAL, [(n, k) for k in range(m + 1)]),
        ):
            hopes = accumulate((self._hope(sensor, h) for h in self._held[sensor]), initial=0)
            worths = [table.total(*state) - hope for state, hope in zip(edge, hopes, strict=True)]
            best = worths[-1]
            for state, worth in zip(reversed(edge), reversed(worths), strict=True):
                if worth > best:
                    states.add(state)
                    best = worth
        return states

    def _hope(self, sensor: Sensor, held: HeldFrame) -> int:
        """Most that a held frame can gain by a frame of the other camera yet to come."""
        if self._cameras.is_lost(sensor.other):
            return 0
        earliest_ns = self._cameras.streams[sensor.other].earliest_next_ns()
        if earliest_ns is None or not self._cameras.near(sensor.other, held.key_ns):
            return gain_ns(0, self._limits.max_skew_ns)
        return gain_ns(max(0, earliest_ns - held.key_ns), self._limits.max_skew_ns)

    def _decide_due(self, table: Assignment) -> bool:
        visible, thermal = self._held[Sensor.VISIBLE], self._held[Sensor.THERMAL]
        pairs = table.pairs((len(visible), len(thermal)))
        full = {sensor: len(self._held[sensor]) > self._limits.queue_size for sensor in Sensor}
        if visible and (
            full[Sensor.VISIBLE]
            or self._cameras.now_ns >= self._deadline_ns(visible[0])
            or not self._cameras.expects(Sensor.THERMAL)
        ):
            if pairs and pairs[0][0] == 0:
                pairs = self._pairs_with_next_visible() or pairs
            self._decide_first(Sensor.VISIBLE, pairs, full=full[Sensor.VISIBLE])
        elif thermal and (
            full[Sensor.THERMAL]
            or self._cameras.ended
            or (self._cameras.outlived(thermal[0]) and not any(j == 0 for _, j in pairs))
        ):
            self._decide_first(Sensor.THERMAL, pairs, full=full[Sensor.THERMAL])
        else:
            return False
        return True

    def _deadline_ns(self, visible: HeldFrame) -> int:
        return visible.arrival_ns + self._limits.wait_ns

    def _pairs_with_next_visible(self) -> list[State] | None:
        """Best pairs with the visible frame that is due next; None if none is.

        A thermal frame that came ahead of its visible frames would else go to the first of them
        that is within max_skew. A frame that is half a period overdue isn't hoped for any longer.
        Whether the camera has meanwhile jumped doesn't count, for the same reason as at the end.
        """
        visible = self._held[Sensor.VISIBLE]
        segment = visible[0].segment
        end = next((k for k, h in enumerate(visible) if h.segment != segment), len(visible))
        last = visible[end - 1]
        if last.period_ns is None:
            return None
        overdue_ns = last.arrival_ns + last.period_ns + last.period_ns // 2
        if self._deadline_ns(visible[0]) >= overdue_ns:
            return None
        keys = [held.key_ns for held in visible]
        keys.insert(end, last.key_ns + last.period_ns)
        thermal = [held.key_ns for held in self._held[Sensor.THERMAL]]
        return best_pairs(keys, thermal, self._limits.max_skew_ns)

    def _decide_first(self, sensor: Sensor, pairs: list[State], *, full: bool) -> None:
        """Decide the first held frame of a camera, in a pair if one of `pairs` is its."""
        side = 0 if sensor is Sensor.VISIBLE else 1
        if pairs and pairs[0][side] == 0:
            self._commit(pairs[:1], (pairs[0][0] + 1, pairs[0][1] + 1))
        else:
            reason = DropReason.SUPERSEDED if full else None
            self._let_go(sensor, self._held[sensor].pop(0), reason)

    def _commit(self, pairs: list[State], end: State) -> None:
        """Decide the frames up to `end`, which the given pairs are part of."""
        visible, thermal = self._held[Sensor.VISIBLE], self._held[Sensor.THERMAL]
        i = j = 0
        for a, b in [*pairs, end]:
            for _ in range(i, a):
                self._let_go(Sensor.VISIBLE, visible.pop(0), None)
            for _ in range(j, b):
                self._let_go(Sensor.THERMAL, thermal.pop(0), None)
            if (a, b) != end:
                pair = visible.pop(0), thermal.pop(0)
                self._ledger.emit_pair(*pair, self._cameras.now_ns)
                self._ledger.leave(pair[1])
                self._decided[Sensor.VISIBLE].append((pair[0].key_ns, None))
                self._decided[Sensor.THERMAL].append((pair[1].key_ns, None))
            i, j = a + 1, b + 1

    def _let_go(self, sensor: Sensor, held: HeldFrame, reason: DropReason | None) -> None:
        """Decide a frame without a partner: alone if the other camera is lost, else dropped."""
        now_ns = self._cameras.now_ns
        if self._cameras.is_lost(sensor.other):
            self._ledger.emit_alone(sensor, held, now_ns)
            if sensor is Sensor.THERMAL:
                self._ledger.leave(held)
        else:
            self._ledger.drop(sensor, held.frame, reason or self._reason(sensor, held))
        self._decided[sensor].append((held.key_ns, now_ns))

    def _reason(self, sensor: Sensor, held: HeldFrame) -> DropReason:
        """Why a frame found no partner."""
        limits, reason = self._limits, DropReason.NO_PARTNER
        distances = [abs(other.key_ns - held.key_ns) for other in self._held[sensor.other]]
        for key_ns, alone_ns in self._decided[sensor.other]:
            distance_ns = abs(key_ns - held.key_ns)
            distances.append(distance_ns)
            if (
                distance_ns <= limits.max_skew_ns
                and alone_ns is not None
                and alone_ns <= held.arrival_ns
            ):
                reason = DropReason.LATE
        nearest_ns = min(distances, default=limits.near_ns + 1)
        if limits.max_skew_ns < nearest_ns <= limits.near_ns:
            reason = DropReason.SKEW
        return reason
