"""Intake of one camera: which frames are sound, where recordings begin, how fast frames come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.period import PeriodEstimate

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame


@dataclass(slots=True, eq=False)
class HeldFrame:
    """A frame that waits for its decision.

    key_ns: stamp with the camera's offset added; keys of the two cameras are compared.
    arrival_ns: when it arrived, on the arrival clock.
    segment: number of the stretch, between two clock jumps, that it belongs to.
    period_ns: period of its camera when it came, None if not known yet.
    sets: in how many sets it has gone out, in pairs or alone. served: it has gone out with a
    visible frame.
    """

    frame: Frame
    key_ns: int
    arrival_ns: int
    segment: int
    period_ns: int | None
    sets: int = 0
    served: bool = False

    @property
    def used(self) -> bool:
        """Whether it has gone out, in a pair or alone."""
        return self.sets > 0


class SensorStream:
    """The frames of one camera as they come in."""

    def __init__(self, offset_ns: int, clock_jump_ns: int) -> None:
        """offset_ns: added to stamps. clock_jump_ns: step of the stamps that is a jump."""
        self._offset_ns = offset_ns
        self.clock_jump_ns = clock_jump_ns
        self._period = PeriodEstimate()
        self.segment = 0
        self.restarts = 0
        self.latest_ns: int | None = None
        self.latest_arrival_ns: int | None = None

    @property
    def period(self) -> PeriodEstimate:
        """Period of the present stretch."""
        return self._period

    def admit(self, frame: Frame, arrival_ns: int) -> HeldFrame | DropReason:
        """Take in a frame, or say why not; `latest_ns` is then its key."""
        if frame.stamp_ns <= 0:
            return DropReason.UNSTAMPED
        key_ns = frame.stamp_ns + self._offset_ns
        step_ns = None if self.latest_ns is None else key_ns - self.latest_ns
        if step_ns is not None and step_ns <= 0:
            if step_ns == 0:
                return DropReason.DUPLICATE_STAMP
            if -step_ns < self.clock_jump_ns:
                return DropReason.OUT_OF_ORDER
            self.restarts += 1
        if step_ns is not None and abs(step_ns) >= self.clock_jump_ns:
            self.segment += 1
            self._period.reset()
            step_ns = None
        self._period.add(step_ns, arrival_ns - key_ns)
        self.latest_ns = key_ns
        self.latest_arrival_ns = arrival_ns
        period_ns = self._period.period_ns if self._period.known else None
        return HeldFrame(frame, key_ns, arrival_ns, self.segment, period_ns)

    def earliest_next_ns(self) -> int | None:
        """Least key that the next frame can have, half a period on; None before the first."""
        if self.latest_ns is None:
            return None
        half = self._period.period_ns // 2 if self._period.known else 0
        return self.latest_ns + max(1, half)
