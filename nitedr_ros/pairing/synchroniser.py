"""The streaming synchroniser of visible and thermal frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nitedr_ros.pairing.arrival_clock import ArrivalClock
from nitedr_ros.pairing.cameras import Cameras
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.latest import LatestPolicy
from nitedr_ros.pairing.ledger import Ledger, OnDrop, OnLeave
from nitedr_ros.pairing.limits import Limits
from nitedr_ros.pairing.once import OncePolicy
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nitedr_ros.config.schema import PairingConfig
    from nitedr_ros.frames.frame import Frame
    from nitedr_ros.pairing.frame_set import FrameSet
    from nitedr_ros.pairing.policy import Policy


class Synchroniser:
    """Pairs visible and thermal frames by stamp, for live cameras and recorded bags alike.

    It reads no clock: the caller passes the time at which each frame arrived, from a steady clock
    in the car or from the bag. Decisions depend on these arrival times alone, not on how often
    `advance` is called, so the same frames give the same sets. `PairingConfig.use_once` chooses
    between `LatestPolicy` and `OncePolicy`, which say what is paired and how long frames wait.

    Decided sets stand in line until fetched with `ready`; fetch them after every call. Not
    thread-safe: calls need one thread or a lock.
    """

    def __init__(
        self,
        config: PairingConfig,
        on_drop: OnDrop | None = None,
        on_leave: OnLeave | None = None,
    ) -> None:
        """Begin without any frame.

        on_drop: called with each dropped frame. on_leave: called with each thermal frame that
        has gone out, once it will be in no further set, and the number of sets it is in. What
        they raise reaches the caller of `add`, `advance` or `flush`, with the state sound and the
        rest told at the next call.
        """
        self._limits = Limits.of(config)
        self._use_once = config.use_once
        self._ledger = Ledger(on_drop, on_leave)
        self._begin()

    def _begin(self) -> None:
        self._clock = ArrivalClock(self._limits.clock_jump_ns)
        self._cameras = Cameras(self._limits)
        policy = OncePolicy if self._use_once else LatestPolicy
        self._policy: Policy = policy(self._limits, self._cameras, self._ledger)

    def reconfigure(self, config: PairingConfig) -> None:
        """Go on under another configuration, as of the last call.

        Frames held stay, and so does what was learnt of the cameras. Only where an offset or
        `use_once` changes, all is decided as at the end of a recording, and pairing begins anew.
        """
        limits = Limits.of(config)
        if limits == self._limits and config.use_once == self._use_once:
            return
        if limits.offset_ns != self._limits.offset_ns or config.use_once != self._use_once:
            self._end()
            self._limits, self._use_once = limits, config.use_once
            self._begin()
        else:
            self._limits = limits
            self._clock.restart_ns = limits.clock_jump_ns
            self._cameras.limit(limits)
            self._policy.limit(limits)
            self._policy.settle()
        self._ledger.notify()

    def add(self, sensor: Sensor, frame: Frame, arrival_ns: int) -> None:
        """Take in a frame that arrived at `arrival_ns` (nanoseconds, any steady clock)."""
        now_ns = self._clock.read(arrival_ns)
        self._run_until(now_ns - 1)
        self._cameras.now_ns = now_ns
        self._ledger.received[sensor] += 1
        held = self._cameras.admit(sensor, frame)
        if isinstance(held, DropReason):
            self._ledger.drop(sensor, frame, held)
        else:
            self._policy.add(sensor, held)
        self._policy.settle()
        self._ledger.notify()

    def advance(self, arrival_ns: int) -> None:
        """Let time pass to `arrival_ns`, so that deadlines take effect without a frame."""
        now_ns = self._clock.read(arrival_ns)
        self._run_until(now_ns)
        self._cameras.now_ns = now_ns
        self._ledger.notify()

    def flush(self) -> None:
        """End the recording: decide every frame; what is added next begins a new recording."""
        self._end()
        self._begin()
        self._ledger.notify()

    def _end(self) -> None:
        self._cameras.ended = True
        self._policy.settle()

    def ready(self) -> Iterator[FrameSet]:
        """Take the decided sets out of the line, one by one.

        Each leaves the line as it is handed over: if the caller's loop raises, the rest stay.
        """
        while self._ledger.ready:
            yield self._ledger.ready.popleft()

    def __iter__(self) -> Iterator[FrameSet]:
        """Same as `ready`."""
        return self.ready()

    def is_lost(self, sensor: Sensor) -> bool:
        """Whether the camera has sent no sound frame for lost_after_ms, as of the last call."""
        return self._cameras.is_lost(sensor)

    @property
    def next_deadline_ns(self) -> int | None:
        """Arrival time at which `advance` should be called if no frame comes; None for never."""
        event_ns = self._policy.next_event_ns()
        return None if event_ns is None else self._clock.as_arrival(event_ns)

    @property
    def drops(self) -> dict[tuple[Sensor, DropReason], int]:
        """Dropped frames by camera and reason, since construction."""
        return dict(self._ledger.drops)

    @property
    def received(self) -> dict[Sensor, int]:
        """Frames added, since construction: always emitted + dropped + pending."""
        return {sensor: self._ledger.received[sensor] for sensor in Sensor}

    @property
    def emitted(self) -> dict[Sensor, int]:
        """Frames that went out, since construction; a reused thermal frame counts once."""
        return {sensor: self._ledger.emitted[sensor] for sensor in Sensor}

    @property
    def pending(self) -> dict[Sensor, int]:
        """Frames held that have neither gone out nor been dropped."""
        return {sensor: self._policy.pending(sensor) for sensor in Sensor}

    def _run_until(self, time_ns: int) -> None:
        while True:
            event_ns = self._policy.next_event_ns()
            if event_ns is None or event_ns > time_ns:
                return
            self._cameras.now_ns = event_ns
            self._policy.settle()
