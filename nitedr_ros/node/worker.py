"""The one thread that runs the pipeline of a live node."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nitedr_ros.config.schema import NodeConfig
from nitedr_ros.node.inbox import ArrivedImage, Inbox, Task
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pipeline.frame_status import pipeline_status
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import OVERTAKEN, STALE, UNWANTED
from nitedr_ros.pipeline.status import Status

CATCH_UP_NS = 20_000_000
"""Frame sets that wait are all processed where that takes no longer than this, else the newest."""
SNAPSHOT_NS = 250_000_000
"""Least time between two summaries of the pipeline."""
_SMOOTHING = 0.2


class Audience(Protocol):
    """Whoever receives the outputs, and what of them is wanted just now."""

    def wants_anything(self) -> bool:
        """Whether anybody wants any output at all."""

    def wants_restored(self) -> bool:
        """Whether anybody wants an image that the engine makes."""

    def deliver(self, output: Output, arrival_ns: int, *, restored: bool) -> None:
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

    While a frame set is processed, others may become ready. All of them are processed where that
    takes no time to speak of (CATCH_UP_NS), so that a hiccup loses nothing; else the newest one,
    and the others are counted as overtaken. Nothing queues, unless `newest_wins` is off.
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
        self._typical_ns = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name='nitedr worker', daemon=True)

    def start(self) -> None:
        """Begin to work; outputs are made while `active` is set."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the work after the frame at hand; False where that takes longer than the timeout."""
        self._stopping = True
        self.inbox.close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            taken = self.inbox.take(self._wake_ns())
            self.busy_since_ns = time.monotonic_ns()
            for item in taken:
                if self._stopping:
                    return
                self._guarded(self._take, item)
            self._guarded(self._work)
            self.busy_since_ns = None

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001 - no frame may end the thread
            if not self._stopping:
                self._on_error(error)

    def _wake_ns(self) -> int:
        deadline_ns = self._pipeline.next_deadline_ns
        due_ns = self.snapshot.taken_ns + SNAPSHOT_NS
        return due_ns if deadline_ns is None else min(due_ns, deadline_ns)

    def _take(self, item: ArrivedImage | Task) -> None:
        if isinstance(item, ArrivedImage):
            self._pipeline.offer(item.sensor, item.message, item.arrival_ns)
        else:
            item(self._pipeline)

    def _work(self) -> None:
        pipeline = self._pipeline
        for sensor, count in self.inbox.take_overrun().items():
            pipeline.discard(sensor, OVERTAKEN, count)
        pipeline.advance(time.monotonic_ns())
        waiting = list(pipeline.ready())
        if self.config.newest_wins and len(waiting) * self._typical_ns > CATCH_UP_NS:
            for frame_set in waiting[:-1]:
                pipeline.skip(frame_set, OVERTAKEN)
            del waiting[:-1]
        for frame_set in waiting:
            if self._stopping:
                return
            self._guarded(self._process, frame_set)
        now_ns = time.monotonic_ns()
        if now_ns >= self.snapshot.taken_ns + SNAPSHOT_NS:
            self._summarise(now_ns)

    def _process(self, frame_set: FrameSet) -> None:
        start_ns = time.monotonic_ns()
        limit_ns = self.config.max_age_ms * 1e6
        if 0 < limit_ns < start_ns - frame_set.arrival_ns:
            self._pipeline.skip(frame_set, STALE)
            return
        if not (self.active and self._audience.wants_anything()):
            self._pipeline.skip(frame_set, UNWANTED)
            return
        restore = self._audience.wants_restored()
        output = self._pipeline.process(frame_set, restore=restore)
        if output is None:
            return
        self._audience.deliver(output, frame_set.arrival_ns, restored=restore)
        now_ns = time.monotonic_ns()
        self._pipeline.clock.add('age', (now_ns - frame_set.arrival_ns) / 1e9)
        self._typical_ns += _SMOOTHING * (now_ns - start_ns - self._typical_ns)

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
