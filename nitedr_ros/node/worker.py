"""The two threads that run the pipeline of a live node: one takes images in, one restores them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nitedr_ros.config.schema import NodeConfig
from nitedr_ros.node.inbox import ArrivedImage, Inbox, Task
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import frame_status, pipeline_status
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import FAILED, OVERTAKEN, STALE, UNWANTED
from nitedr_ros.pipeline.status import Status

CATCH_UP_NS = 20_000_000
"""Frame sets that wait are all processed where that takes no longer than this, else the newest."""
SETS_KEPT = 32
"""Most frame sets that wait for the engine; beyond, the oldest is overtaken."""
SETS_KEPT_IN_LINE = 256
"""The same where `newest_wins` is off, and a played drive is to lose nothing."""
SNAPSHOT_NS = 500_000_000
"""Least time between two summaries of the pipeline."""
_SMOOTHING = 0.2


class Audience(Protocol):
    """Whoever receives the outputs, and what of them is wanted just now."""

    def wants_anything(self) -> bool:
        """Whether anybody wants any output at all."""

    def wants_restored(self) -> bool:
        """Whether anybody wants an image that the engine makes."""

    def deliver(self, output: Output, status: Status, arrival_ns: int, *, restored: bool) -> None:
        """Send out all that is wanted of an output."""


@dataclass(frozen=True)
class Snapshot:
    """The pipeline's state as of a moment, to be read by any thread.

    taken_ns: steady clock. status: the summary. outputs: so far. rejections: as the pipeline
    gives them. size: height and width of the outputs, pixels.
    """

    taken_ns: int
    status: Status | None = None
    outputs: int = 0
    rejections: tuple[str, ...] = ()
    size: tuple[int, int] | None = None


class Worker:
    """Takes images from the inbox through the pipeline to the audience; newest wins.

    Images are taken in while the engine runs, so that it never waits for them. When it is free
    again, all frame sets that wait are processed where that takes no time to speak of
    (CATCH_UP_NS), so that a hiccup loses nothing; else the newest one, and the others are counted
    as overtaken. Nothing queues, unless `newest_wins` is off. `active` is set while outputs are
    to be made.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        audience: Audience,
        config: NodeConfig,
        on_error: Callable[[Exception], None],
    ) -> None:
        """config: its max_age_ms and newest_wins hold, and may be set anew at any time.

        on_error: told of what should never happen; the worker goes on with the next image.
        """
        self.inbox = Inbox()
        self.config = config
        self.snapshot = Snapshot(time.monotonic_ns())
        self.busy_since_ns: int | None = None
        self.active = False
        self._pipeline = pipeline
        self._audience = audience
        self._on_error = on_error
        # Held for all that the pipeline does, but for the engine's part.
        self._turn = threading.Lock()
        self._ready = threading.Condition()
        self._waiting: deque[FrameSet] = deque()
        self._expected: tuple[int, int] | None = None
        self._typical_ns = 0.0
        self._stopping = False
        self._threads = [
            threading.Thread(target=target, name=f'nitedr {name}', daemon=True)
            for name, target in (('intake', self._run_intake), ('engine', self._run_engine))
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the work after the frame at hand; False where that takes longer than the timeout."""
        self._stopping = True
        self.inbox.close()
        with self._ready:
            self._ready.notify()
        end_ns = time.monotonic_ns() + round(timeout_s * 1e9)
        for thread in self._threads:
            thread.join(max(0.0, (end_ns - time.monotonic_ns()) / 1e9))
        return not any(thread.is_alive() for thread in self._threads)

    def expect(self, height: int, width: int) -> None:
        """Make ready for visible images of this size, pixels, as soon as there is time."""
        with self._ready:
            self._expected = (height, width)
            self._ready.notify()

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001 - no frame may end the thread
            if not self._stopping:
                self._on_error(error)

    def _run_intake(self) -> None:
        while not self._stopping:
            for item in self.inbox.take(self._wake_ns()):
                if self._stopping:
                    return
                with self._turn:
                    self._guarded(self._take, item)
            with self._turn:
                self._guarded(self._decide)

    def _wake_ns(self) -> int:
        deadline_ns = self._pipeline.next_deadline_ns
        due_ns = self.snapshot.taken_ns + SNAPSHOT_NS
        return due_ns if deadline_ns is None else min(due_ns, deadline_ns)

    def _take(self, item: ArrivedImage | Task) -> None:
        if isinstance(item, ArrivedImage):
            self._pipeline.offer(item.sensor, item.message, item.arrival_ns)
        else:
            item(self._pipeline)

    def _decide(self) -> None:
        """Let what is ready wait for the engine."""
        pipeline = self._pipeline
        for sensor, count in self.inbox.take_overrun().items():
            pipeline.discard(sensor, OVERTAKEN, count)
        pipeline.advance(time.monotonic_ns())
        overtaken = []
        with self._ready:
            self._waiting.extend(pipeline.ready())
            kept = SETS_KEPT if self.config.newest_wins else SETS_KEPT_IN_LINE
            while len(self._waiting) > kept:
                overtaken.append(self._waiting.popleft())
            self._ready.notify()
        for frame_set in overtaken:
            pipeline.skip(frame_set, OVERTAKEN)
        now_ns = time.monotonic_ns()
        if now_ns >= self.snapshot.taken_ns + SNAPSHOT_NS:
            self._summarise(now_ns)

    def _run_engine(self) -> None:
        while not self._stopping:
            with self._ready:
                self._ready.wait_for(lambda: self._waiting or self._expected or self._stopping)
                waiting = list(self._waiting)
                self._waiting.clear()
                expected, self._expected = self._expected, None
            self.busy_since_ns = time.monotonic_ns()
            if expected is not None and not waiting:
                with self._turn:
                    self._guarded(self._pipeline.warm_up, *expected)
            self._guarded(self._work, waiting)
            self.busy_since_ns = None

    def _work(self, waiting: list[FrameSet]) -> None:
        if self.config.newest_wins and len(waiting) * self._typical_ns > CATCH_UP_NS:
            with self._turn:
                for frame_set in waiting[:-1]:
                    self._pipeline.skip(frame_set, OVERTAKEN)
            del waiting[:-1]
        for frame_set in waiting:
            if self._stopping:
                return
            self._guarded(self._process, frame_set)

    def _process(self, frame_set: FrameSet) -> None:
        pipeline, start_ns = self._pipeline, time.monotonic_ns()
        reason = self._reason_to_skip(start_ns - frame_set.arrival_ns)
        if reason is not None:
            with self._turn:
                pipeline.skip(frame_set, reason)
            return
        restore = self._audience.wants_restored()
        try:
            output = self._restore(frame_set, restore=restore)
        except Exception:
            if frame_set.visible is not None:
                with self._turn:
                    pipeline.statistics.dropped(Sensor.VISIBLE, FAILED)
            raise
        if output is None:
            return
        with self._turn:
            status = frame_status(output, pipeline.statistics)
        self._audience.deliver(output, status, frame_set.arrival_ns, restored=restore)
        now_ns = time.monotonic_ns()
        pipeline.clock.add('age', (now_ns - frame_set.arrival_ns) / 1e9)
        self._typical_ns += _SMOOTHING * (now_ns - start_ns - self._typical_ns)

    def _restore(self, frame_set: FrameSet, *, restore: bool) -> Output | None:
        with self._turn:
            prepared = self._pipeline.prepare(frame_set)
        if prepared is None:
            return None
        restored = self._pipeline.restore(prepared, restore=restore)
        with self._turn:
            return self._pipeline.complete(prepared, restored)

    def _reason_to_skip(self, age_ns: int) -> str | None:
        if not (self.active and self._audience.wants_anything()):
            return UNWANTED
        limit_ns = self.config.max_age_ms * 1e6
        return STALE if 0 < limit_ns < age_ns else None

    def _summarise(self, now_ns: int) -> None:
        pipeline = self._pipeline
        view = pipeline.registration.view
        self.snapshot = Snapshot(
            taken_ns=now_ns,
            status=pipeline_status(pipeline),
            outputs=pipeline.statistics.outputs,
            rejections=tuple(pipeline.rejections),
            size=None if view is None else (view.height, view.width),
        )
