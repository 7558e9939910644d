"""What callbacks hand over to the worker: they never wait for it, and it never polls them."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.pipeline import Pipeline

IMAGES_KEPT = 32
"""Most images of each camera that wait for the worker; beyond, the oldest makes room."""


@dataclass(frozen=True, eq=False)
class ArrivedImage:
    """A sensor_msgs Image or CompressedImage, and when its callback ran, steady clock, ns."""

    sensor: Sensor
    message: object
    arrival_ns: int


Task: TypeAlias = Callable[[Pipeline], object]
"""Something that the worker is to do with its pipeline between two images."""


class Inbox:
    """A thread-safe line of images and tasks, in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[ArrivedImage | Task] = deque()
        self._waiting: Counter[Sensor] = Counter()
        self._overrun: Counter[Sensor] = Counter()
        self._closed = False

    def put_image(self, sensor: Sensor, message: object) -> None:
        """Hand over an image that has just arrived."""
        with self._changed:
            # Read here, so that arrival times never run back, whichever threads the callbacks use.
            self._line.append(ArrivedImage(sensor, message, time.monotonic_ns()))
            if self._waiting[sensor] == IMAGES_KEPT:
                self._discard_oldest(sensor)
                self._overrun[sensor] += 1
            else:
                self._waiting[sensor] += 1
            self._changed.notify()

    def put_task(self, task: Task) -> None:
        """Hand over something to do."""
        with self._changed:
            self._line.append(task)
            self._changed.notify()

    def take(self, deadline_ns: int | None) -> list[ArrivedImage | Task]:
        """Return all that waits; empty when the deadline passed, or the inbox was closed.

        deadline_ns: on the steady clock; None waits for as long as it takes.
        """
        with self._changed:
            while not self._line and not self._closed:
                timeout = None
                if deadline_ns is not None:
                    timeout = (deadline_ns - time.monotonic_ns()) / 1e9
                    if timeout <= 0:
                        break
                self._changed.wait(timeout)
            taken = list(self._line)
            self._line.clear()
            self._waiting.clear()
            return taken

    def take_overrun(self) -> Counter[Sensor]:
        """Return how many images of each camera had to make room since the last call."""
        with self._changed:
            overrun, self._overrun = self._overrun, Counter()
            return overrun

    def close(self) -> None:
        """End the waiting of `take`, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _discard_oldest(self, sensor: Sensor) -> None:
        for index, item in enumerate(self._line):
            if isinstance(item, ArrivedImage) and item.sensor is sensor:
                del self._line[index]
                return
