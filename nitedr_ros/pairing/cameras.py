"""Both cameras on the arrival clock: which is lost, and how far each has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.sensor_stream import HeldFrame, SensorStream

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame
    from nitedr_ros.pairing.drops import DropReason
    from nitedr_ros.pairing.limits import Limits


class Cameras:
    """The two streams of one recording and the time, `now_ns`, on the arrival clock."""

    def __init__(self, limits: Limits) -> None:
        """Start before the first frame."""
        self._limits = limits
        self._start_ns: int | None = None
        self.streams = {
            sensor: SensorStream(limits.offset_ns[sensor], limits.clock_jump_ns)
            for sensor in Sensor
        }
        self.now_ns = 0
        self.ended = False

    def limit(self, limits: Limits) -> None:
        """Go on under other limits with the same offsets."""
        self._limits = limits
        for stream in self.streams.values():
            stream.clock_jump_ns = limits.clock_jump_ns

    def admit(self, sensor: Sensor, frame: Frame) -> HeldFrame | DropReason:
        """Take in a frame now, or say why not."""
        stream = self.streams[sensor]
        restarts = stream.restarts
        held = stream.admit(frame, self.now_ns)
        if self._start_ns is None:
            self._start_ns = self.now_ns
        elif stream.restarts != restarts:
            # The other camera may need a moment for the new recording too, as at the very start.
            self._start_ns = self.now_ns
        return held

    def lost_at_ns(self, sensor: Sensor) -> int | None:
        """When the camera counts as lost if it sends nothing more; None before the start.

        Silence counts from its latest sound frame, or from the start of the recording: the first
        arrival, or the last time that stamps of either camera ran back by a clock jump.
        """
        if self._start_ns is None:
            return None
        since = self.streams[sensor].latest_arrival_ns
        silent_ns = self._start_ns if since is None else max(since, self._start_ns)
        return silent_ns + self._limits.lost_after_ns

    def is_lost(self, sensor: Sensor) -> bool:
        """Whether the camera is silent for too long, or sent nothing in an ended recording."""
        if self.ended and self.streams[sensor].latest_ns is None:
            return True
        lost_at_ns = self.lost_at_ns(sensor)
        return lost_at_ns is not None and self.now_ns >= lost_at_ns

    def expects(self, sensor: Sensor) -> bool:
        """Whether frames of the camera are still to be hoped for."""
        return not self.ended and not self.is_lost(sensor)

    def near(self, sensor: Sensor, key_ns: int) -> bool:
        """Whether the camera's latest frame is of the same recording as `key_ns`.

        If not, one camera has jumped and the other has yet to follow: what the camera sent last
        says nothing about what it still will send near `key_ns`.
        """
        latest_ns = self.streams[sensor].latest_ns
        return latest_ns is not None and abs(latest_ns - key_ns) <= self._limits.near_ns

    def passed(self, sensor: Sensor, key_ns: int) -> bool:
        """Whether all frames of the camera up to `key_ns` have arrived."""
        latest_ns = self.streams[sensor].latest_ns
        return latest_ns is not None and latest_ns >= key_ns and self.near(sensor, key_ns)

    def outlived(self, thermal: HeldFrame) -> bool:
        """Whether a held thermal frame belongs to a recording that is over.

        It stays for as long as the visible camera may still be catching up.
        """
        if self.now_ns < thermal.arrival_ns + self._limits.lost_after_ns:
            return False
        current = self.streams[Sensor.THERMAL].segment
        return thermal.segment != current or not self.near(Sensor.VISIBLE, thermal.key_ns)
