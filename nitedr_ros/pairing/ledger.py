"""Account of every frame: what went out, what was dropped and why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from nitedr_ros.frames.frame import Frame
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.pairing.sensor_stream import HeldFrame

OnDrop = Callable[[Sensor, Frame, DropReason], None]


class Ledger:
    """Counts frames and keeps the decided sets until they are fetched."""

    def __init__(self, on_drop: OnDrop | None) -> None:
        """on_drop: told of each dropped frame, once the synchroniser's state is sound again."""
        self._on_drop = on_drop
        self._notices: deque[tuple[Sensor, Frame, DropReason]] = deque()
        self.ready: deque[FrameSet] = deque()
        self.received: Counter[Sensor] = Counter()
        self.emitted: Counter[Sensor] = Counter()
        self.drops: Counter[tuple[Sensor, DropReason]] = Counter()

    def drop(self, sensor: Sensor, frame: Frame, reason: DropReason) -> None:
        """Count a dropped frame."""
        self.drops[sensor, reason] += 1
        if self._on_drop is not None:
            self._notices.append((sensor, frame, reason))

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
            )
        )
        self._count(Sensor.VISIBLE, visible)
        self._count(Sensor.THERMAL, thermal)
        thermal.served = True

    def emit_alone(self, sensor: Sensor, held: HeldFrame, now_ns: int) -> None:
        """Put a frame without a partner, decided at `now_ns`, in line."""
        waited_ns = now_ns - held.arrival_ns
        self.ready.append(
            FrameSet(held.frame, None, None, None, waited_ns, reused=False)
            if sensor is Sensor.VISIBLE
            else FrameSet(None, held.frame, None, waited_ns, waited_ns, reused=False)
        )
        self._count(sensor, held)

    def _count(self, sensor: Sensor, held: HeldFrame) -> None:
        if not held.used:
            held.used = True
            self.emitted[sensor] += 1

    def notify(self) -> None:
        """Tell of drops; one that makes `on_drop` raise is not told again, the rest stay."""
        while self._notices and self._on_drop is not None:
            self._on_drop(*self._notices.popleft())
