"""Account of every frame: what went out, what was dropped and why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from nitedr_ros.frames.frame import Frame
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.pairing.sensor_stream import HeldFrame

OnDrop = Callable[[Sensor, Frame, DropReason], None]
OnLeave = Callable[[Frame, int], None]


class Ledger:
    """Counts frames and keeps the decided sets until they are fetched."""

    def __init__(self, on_drop: OnDrop | None, on_leave: OnLeave | None) -> None:
        """Begin with nothing.

        on_drop: told of each dropped frame. on_leave: of each thermal frame that went out and is
        not held any longer, and in how many sets it is. Both once the synchroniser's state is
        sound again.
        """
        self._on_drop, self._on_leave = on_drop, on_leave
        self._notices: deque[Callable[[], None]] = deque()
        self.ready: deque[FrameSet] = deque()
        self.received: Counter[Sensor] = Counter()
        self.emitted: Counter[Sensor] = Counter()
        self.drops: Counter[tuple[Sensor, DropReason]] = Counter()

    def drop(self, sensor: Sensor, frame: Frame, reason: DropReason) -> None:
        """Count a dropped frame."""
        self.drops[sensor, reason] += 1
        if self._on_drop is not None:
            self._notices.append(partial(self._on_drop, sensor, frame, reason))

    def leave(self, thermal: HeldFrame) -> None:
        """Note that a thermal frame which went out will be in no further set."""
        if self._on_leave is not None:
            self._notices.append(partial(self._on_leave, thermal.frame, thermal.sets))

    def emit_pair(self, visible: HeldFrame, thermal: HeldFrame, now_ns: int) -> None:
        """Put a pair, decided at `now_ns`, in line; a reused thermal frame is counted once."""
        self.ready.append(
            FrameSet(
                visible=visible.frame,
                thermal=thermal.frame,
                skew_ns=thermal.key_ns - visible.key_ns,
                thermal_age_ns=now_ns - thermal.arrival_ns,
                waited_ns=now_ns - visible.arrival_ns,
                reused=thermal.served,
                arrival_ns=visible.arrival_ns,
            )
        )
        self._count(Sensor.VISIBLE, visible)
        self._count(Sensor.THERMAL, thermal)
        thermal.served = True

    def emit_alone(self, sensor: Sensor, held: HeldFrame, now_ns: int) -> None:
        """Put a frame without a partner, decided at `now_ns`, in line."""
        waited_ns = now_ns - held.arrival_ns
        is_thermal = sensor is Sensor.THERMAL
        self.ready.append(
            FrameSet(
                visible=None if is_thermal else held.frame,
                thermal=held.frame if is_thermal else None,
                skew_ns=None,
                thermal_age_ns=waited_ns if is_thermal else None,
                waited_ns=waited_ns,
                reused=False,
                arrival_ns=held.arrival_ns,
            )
        )
        self._count(sensor, held)

    def _count(self, sensor: Sensor, held: HeldFrame) -> None:
        if not held.used:
            self.emitted[sensor] += 1
        held.sets += 1

    def notify(self) -> None:
        """Tell what there is; what makes a listener raise is not told again, the rest stays."""
        while self._notices:
            self._notices.popleft()()
