"""What the two ways of pairing have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nitedr_ros.pairing.limits import Limits
    from nitedr_ros.pairing.sensor import Sensor
    from nitedr_ros.pairing.sensor_stream import HeldFrame


class Policy(Protocol):
    """Decides held frames; time, streams and account are shared with the synchroniser."""

    def add(self, sensor: Sensor, held: HeldFrame) -> None:
        """Hold a frame that has just been admitted."""

    def limit(self, limits: Limits) -> None:
        """Go on under other limits with the same offsets; frames held stay."""

    def settle(self) -> None:
        """Decide all that can be decided now; all, if the recording has ended."""

    def next_event_ns(self) -> int | None:
        """Next time, after now, at which something is decided without any further frame."""

    def pending(self, sensor: Sensor) -> int:
        """Frames of the camera that are neither out nor dropped."""
