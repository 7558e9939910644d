"""What happened to every frame, in counts: the user looks here for what was lost and why."""

from __future__ import annotations

from collections import Counter

from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output

UNDECODABLE = 'undecodable'
"""Reason of a drop before pairing: the message held no image that can be understood."""
UNREGISTERED = 'unregistered'
"""Reason of a drop after pairing: a thermal frame which no calibration brings into view."""
OVERTAKEN = 'overtaken'
"""Reason of a drop after pairing: a newer frame set was ready when the engine became free."""
STALE = 'stale'
"""Reason of a drop after pairing: it had arrived too long ago."""
UNWANTED = 'unwanted'
"""Reason of a drop after pairing: nobody subscribes to any image."""
FAILED = 'failed'
"""Reason of a drop after pairing: the program failed on it, which it should not."""


class Statistics:
    """Counts of frames in, out and dropped, of modes, and the skew of the pairs; bounded memory.

    Every frame received is dropped for one reason, served an output, or still waits: both
    cameras' `received` are the sum of `served`, of the drops and of what waits.
    """

    def __init__(self) -> None:
        self.received: Counter[Sensor] = Counter()
        self.served: Counter[Sensor] = Counter()
        self.drops: Counter[tuple[Sensor, str]] = Counter()
        self.modes: Counter[Mode] = Counter()
        self.mode: Mode | None = None
        self.reason = ''
        self.engine_failures = 0
        self.size_changes = 0
        self.pairs = 0
        self.reused = 0
        self._skew_sum_ns = 0
        self.max_skew_ns = 0

    def dropped(self, sensor: Sensor, reason: str, count: int = 1) -> None:
        """Count frames that serve no output."""
        self.drops[sensor, reason] += count

    def delivered(self, output: Output) -> None:
        """Count an output frame; `mode` and `reason` are those of the latest."""
        self.modes[output.mode] += 1
        self.mode, self.reason = output.mode, output.reason
        if output.skew_ns is not None:
            self.pairs += 1
            self.reused += output.reused
            self._skew_sum_ns += abs(output.skew_ns)
            self.max_skew_ns = max(self.max_skew_ns, abs(output.skew_ns))

    @property
    def outputs(self) -> int:
        """Output frames so far."""
        return self.modes.total()

    @property
    def mean_skew_ns(self) -> float:
        """Mean absolute skew of the pairs, nanoseconds; 0 without pairs."""
        return self._skew_sum_ns / self.pairs if self.pairs else 0.0

    def drops_of(self, sensor: Sensor) -> dict[str, int]:
        """Return the drops of one camera by reason, reasons in alphabetical order."""
        return {r: n for (s, r), n in sorted(self.drops.items(), key=str) if s is sensor}

    def dropped_total(self, sensor: Sensor) -> int:
        """Return how many frames of one camera were dropped."""
        return sum(self.drops_of(sensor).values())
