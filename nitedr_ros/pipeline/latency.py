"""Latencies of the pipeline's stages, in bounded memory."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np

KEPT_SAMPLES = 32_768
"""Most samples kept of one stage; beyond, every second, fourth, … sample is kept."""


@dataclass(frozen=True)
class LatencySummary:
    """Count, and percentiles in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded to microseconds."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


class LatencySeries:
    """The durations of one stage, in order; thinned evenly once there are too many."""

    def __init__(self) -> None:
        self.count = 0
        self._stride = 1
        self._samples = array('f')
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """Note one duration."""
        if self.count % self._stride == 0:
            self._samples.append(seconds)
            if len(self._samples) >= KEPT_SAMPLES:
                self._samples = self._samples[::2]
                self._stride *= 2
        self.count += 1
        self._longest = max(self._longest, seconds)

    def milliseconds(self) -> list[float]:
        """Return the kept samples in order, milliseconds."""
        kept: list[float] = (1e3 * np.array(self._samples, np.float64)).tolist()
        return kept

    def summary(self) -> LatencySummary:
        """Return count and percentiles; all zero where nothing was noted."""
        if not self.count:
            return LatencySummary(0, 0.0, 0.0, 0.0, 0.0)
        p50, p95, p99 = 1e3 * np.percentile(np.array(self._samples), [50, 95, 99])
        return LatencySummary(self.count, float(p50), float(p95), float(p99), 1e3 * self._longest)


class StageClock:
    """Times the stages of the work by name."""

    def __init__(self) -> None:
        self.series: dict[str, LatencySeries] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Note how long a stage took."""
        self.series.setdefault(stage, LatencySeries()).add(seconds)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Note how long the block takes, also when it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - start)
