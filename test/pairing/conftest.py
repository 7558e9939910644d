"""A synchroniser with two cameras at hand, in milliseconds."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nitedr_ros.config.schema import PairingConfig
from nitedr_ros.frames.frame import Frame
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser

MS = 1_000_000
BASE_NS = 1_700_000_000_000 * MS
IMAGE = np.zeros((1, 1), np.uint8)


class Drive:
    """Feeds a synchroniser and collects what comes out.

    Stamps are milliseconds after BASE_NS, arrivals milliseconds of another clock; a frame arrives
    at its stamp unless told otherwise. frame_id holds a mark that tests may give.
    """

    def __init__(self, **config) -> None:
        self.synchroniser = Synchroniser(PairingConfig(**config), self._note)
        self.sets: list[FrameSet] = []
        self.dropped: list[tuple[Sensor, Frame, DropReason]] = []
        self.given: list[tuple[Sensor, Frame]] = []

    def _note(self, sensor, frame, reason) -> None:
        self.dropped.append((sensor, frame, reason))

    def add(self, sensor, stamp_ms, arrival_ms=None, mark='') -> Drive:
        frame = Frame(BASE_NS + round(stamp_ms * MS), str(mark), 'mono8', IMAGE, 1, 1)
        arrival_ms = stamp_ms if arrival_ms is None else arrival_ms
        self.given.append((sensor, frame))
        self.synchroniser.add(sensor, frame, round(arrival_ms * MS))
        return self._take()

    def visible(self, stamp_ms, arrival_ms=None, mark='') -> Drive:
        return self.add(Sensor.VISIBLE, stamp_ms, arrival_ms, mark)

    def thermal(self, stamp_ms, arrival_ms=None, mark='') -> Drive:
        return self.add(Sensor.THERMAL, stamp_ms, arrival_ms, mark)

    def advance(self, arrival_ms) -> Drive:
        self.synchroniser.advance(round(arrival_ms * MS))
        return self._take()

    def flush(self) -> Drive:
        self.synchroniser.flush()
        return self._take()

    def play(self, events) -> Drive:
        """Add (sensor, stamp_ms, arrival_ms, mark) in the given order."""
        for event in events:
            self.add(*event)
        return self

    def _take(self) -> Drive:
        self.sets += self.synchroniser
        return self

    @property
    def out(self) -> list[tuple[float | None, float | None]]:
        """Stamps (visible, thermal) of the sets, milliseconds."""
        return [
            tuple(
                None if f is None else (f.stamp_ns - BASE_NS) / MS for f in (s.visible, s.thermal)
            )
            for s in self.sets
        ]

    @property
    def pairs(self) -> list[FrameSet]:
        return [s for s in self.sets if s.visible and s.thermal]

    @property
    def reasons(self) -> list[tuple[str, float, str]]:
        """(camera, stamp, reason) of the drops."""
        return [
            (sensor.value, (frame.stamp_ns - BASE_NS) / MS, reason.value)
            for sensor, frame, reason in self.dropped
        ]

    def check_account(self) -> None:
        """Every frame given is out, dropped or pending, and none is two of these."""
        s = self.synchroniser
        for sensor in Sensor:
            given = [frame for which, frame in self.given if which is sensor]
            out = {id(getattr(one, sensor.value)) for one in self.sets} - {id(None)}
            gone = [id(frame) for which, frame, _ in self.dropped if which is sensor]
            assert s.received[sensor] == len(given)
            assert s.emitted[sensor] == len(out)
            drops = sum(n for (which, _), n in s.drops.items() if which is sensor)
            assert drops == len(gone) == len(set(gone))
            assert not out & set(gone)
            assert len(given) == len(out) + len(gone) + s.pending[sensor]


def recording(
    seconds,
    *,
    rates=(30.0, 9.0),
    latency_ms=(15.0, 15.0),
    latency_jitter_ms=0.0,
    jitter=0.05,
    seed=0,
) -> list[tuple[Sensor, float, float, str]]:
    """Two cameras in order of arrival; jitter of stamps is uniform, in parts of the period."""
    rng = random.Random(seed)
    events = []
    for sensor, rate, latency in zip(
        (Sensor.VISIBLE, Sensor.THERMAL), rates, latency_ms, strict=True
    ):
        period = 1000.0 / rate
        phase = rng.random()
        last = 0.0
        for k in range(1, int(seconds * rate)):
            stamp = (k + phase + rng.uniform(-jitter, jitter)) * period
            last = max(last, stamp + latency + rng.uniform(0.0, latency_jitter_ms))
            events.append((sensor, stamp, last, ''))
    return sorted(events, key=lambda event: event[2])


def looped(events, loop_ms, passes=3) -> list[tuple[Sensor, float, float, str]]:
    """Play it several times: stamps restart, arrival goes on, the mark tells the pass."""
    played = [
        (sensor, stamp, arrival + n * loop_ms, str(n))
        for n in range(passes)
        for sensor, stamp, arrival, _ in events
    ]
    return sorted(played, key=lambda event: event[2])


@pytest.fixture(scope='session')
def drive() -> type[Drive]:
    return Drive


@pytest.fixture(scope='session')
def record():
    return recording


@pytest.fixture(scope='session')
def loop():
    return looped
