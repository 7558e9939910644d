"""Pairing in which each visible frame gets the best thermal frame, again if need be."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.pairing.cameras import Cameras
    from nitedr_ros.pairing.ledger import Ledger
    from nitedr_ros.pairing.limits import Limits
    from nitedr_ros.pairing.sensor_stream import HeldFrame


class LatestPolicy:
    """Every visible frame goes out, in order, with the nearest thermal frame or alone.

    A visible frame waits, for wait_ms at most, only while a nearer thermal frame can still come:
    not once thermal has passed its stamp, and not if the next thermal frame, as far as the period
    tells, would be no nearer or would arrive after the deadline. Thermal frames are given up when
    their camera is lost: from then on visible frames go alone, at once.
    """

    def __init__(self, limits: Limits, cameras: Cameras, ledger: Ledger) -> None:
        """Work on the synchroniser's streams and account."""
        self._limits = limits
        self._cameras = cameras
        self._ledger = ledger
        self._visible: deque[HeldFrame] = deque()
        self._thermal: deque[HeldFrame] = deque()

    def add(self, sensor: Sensor, held: HeldFrame) -> None:
        """Hold a frame."""
        (self._visible if sensor is Sensor.VISIBLE else self._thermal).append(held)

    def limit(self, limits: Limits) -> None:
        """Go on under other limits with the same offsets; frames held stay."""
        self._limits = limits

    def pending(self, sensor: Sensor) -> int:
        """Visible frames that wait, or thermal frames that have served none yet."""
        if sensor is Sensor.VISIBLE:
            return len(self._visible)
        return sum(not held.used for held in self._thermal)

    def settle(self) -> None:
        """Decide what can be decided now."""
        while self._visible and self._is_decidable(self._visible[0]):
            self._serve(self._visible.popleft())
        if not self._visible and self._cameras.is_lost(Sensor.VISIBLE):
            for held in self._thermal:
                if not held.used:
                    self._ledger.emit_alone(Sensor.THERMAL, held, self._cameras.now_ns)
        if self._cameras.ended:
            self._release(len(self._thermal), DropReason.NO_PARTNER)
        elif self._cameras.is_lost(Sensor.THERMAL):
            self._release(len(self._thermal), DropReason.TOO_OLD)
        while self._thermal and self._is_outlived(self._thermal[0]):
            self._release(1, DropReason.NO_PARTNER)
        self._release(len(self._thermal) - self._limits.queue_size, DropReason.SUPERSEDED)

    def next_event_ns(self) -> int | None:
        """Next deadline, loss of a camera, or end of an outlived thermal frame."""
        times: list[int | None] = []
        if self._visible:
            times.append(self._deadline_ns(self._visible[0]))
        if self._visible or self._thermal:
            times.append(self._cameras.lost_at_ns(Sensor.THERMAL))
        if self._thermal:
            times.append(self._cameras.lost_at_ns(Sensor.VISIBLE))
            times.append(self._thermal[0].arrival_ns + self._limits.lost_after_ns)
        now_ns = self._cameras.now_ns
        return min((t for t in times if t is not None and t > now_ns), default=None)

    def _deadline_ns(self, visible: HeldFrame) -> int:
        return visible.arrival_ns + self._limits.wait_ns

    def _is_decidable(self, visible: HeldFrame) -> bool:
        cameras = self._cameras
        return (
            not cameras.expects(Sensor.THERMAL)
            or cameras.now_ns >= self._deadline_ns(visible)
            or len(self._visible) > self._limits.queue_size
            or cameras.passed(Sensor.THERMAL, visible.key_ns)
            or not self._next_may_help(visible)
        )

    def _next_may_help(self, visible: HeldFrame) -> bool:
        stream = self._cameras.streams[Sensor.THERMAL]
        period = stream.period
        if (
            stream.latest_ns is None
            or not period.known
            or not self._cameras.near(Sensor.THERMAL, visible.key_ns)
        ):
            return True
        earliest_ns = stream.latest_ns + period.period_ns - period.margin_ns
        if earliest_ns + period.least_latency_ns > self._deadline_ns(visible):
            return False
        best = self._best(visible)
        if best is None:
            return earliest_ns - visible.key_ns <= self._limits.max_skew_ns
        return earliest_ns - visible.key_ns < abs(best.key_ns - visible.key_ns)

    def _is_outlived(self, thermal: HeldFrame) -> bool:
        return self._cameras.outlived(thermal) and not any(
            self._may_serve(thermal.key_ns - visible.key_ns) for visible in self._visible
        )

    def _may_serve(self, skew_ns: int) -> bool:
        return -self._limits.max_thermal_age_ns <= skew_ns <= self._limits.max_skew_ns

    def _best(self, visible: HeldFrame) -> HeldFrame | None:
        best, best_ns = None, 0
        for held in self._thermal:
            skew_ns = held.key_ns - visible.key_ns
            if self._may_serve(skew_ns) and (best is None or abs(skew_ns) < best_ns):
                best, best_ns = held, abs(skew_ns)
        return best

    def _serve(self, visible: HeldFrame) -> None:
        best = self._best(visible)
        if best is None:
            self._ledger.emit_alone(Sensor.VISIBLE, visible, self._cameras.now_ns)
        else:
            self._ledger.emit_pair(visible, best, self._cameras.now_ns)
        self._prune(visible.key_ns)

    def _prune(self, decided_ns: int) -> None:
        """Let go of thermal frames that no later visible frame would choose."""
        while self._thermal:
            age_ns = decided_ns - self._thermal[0].key_ns
            if self._limits.max_thermal_age_ns < age_ns <= self._limits.near_ns:
                self._release(1, DropReason.TOO_OLD)
            elif len(self._thermal) > 1 and self._replaces(decided_ns):
                self._release(1, DropReason.SUPERSEDED)
            else:
                return

    def _replaces(self, decided_ns: int) -> bool:
        oldest, newer = self._thermal[0], self._thermal[1]
        return oldest.key_ns < newer.key_ns and (
            0 <= decided_ns - newer.key_ns <= self._limits.near_ns
        )

    def _release(self, count: int, reason: DropReason) -> None:
        for _ in range(count):
            held = self._thermal.popleft()
            if held.used:
                self._ledger.leave(held)
            else:
                self._ledger.drop(Sensor.THERMAL, held.frame, reason)
