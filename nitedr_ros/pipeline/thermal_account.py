"""What became of the thermal frames that went out: one may be in several frame sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame
    from nitedr_ros.pipeline.statistics import Statistics


@dataclass
class _Use:
    """closed: frame sets that were processed or skipped. sets: all there are, once known."""

    closed: int = 0
    sets: int | None = None
    served: bool = False
    reason: str = ''


class ThermalAccount:
    """Counts each thermal frame once: as served with its first output, or else as dropped.

    It is dropped only when it will be in no further frame set and all it was in are closed.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._uses: dict[Frame, _Use] = {}

    def serve(self, frame: Frame) -> None:
        """Close one of the frame's sets: an output was made from it."""
        use = self._uses.setdefault(frame, _Use())
        if not use.served:
            use.served = True
            self._statistics.served[Sensor.THERMAL] += 1
        use.closed += 1
        self._settle(frame, use)

    def miss(self, frame: Frame, reason: str) -> None:
        """Close one of the frame's sets: no output used it, for this reason."""
        use = self._uses.setdefault(frame, _Use())
        use.reason = reason
        use.closed += 1
        self._settle(frame, use)

    def leave(self, frame: Frame, sets: int) -> None:
        """Note that the frame is in this many sets and will be in no further one."""
        use = self._uses.setdefault(frame, _Use())
        use.sets = sets
        self._settle(frame, use)

    def _settle(self, frame: Frame, use: _Use) -> None:
        if use.closed == use.sets:
            del self._uses[frame]
            if not use.served:
                self._statistics.dropped(Sensor.THERMAL, use.reason)
