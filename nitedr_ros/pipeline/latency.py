"""Latencies of the pipeline's stages, in bounded memory."""

from __future__ import annotations

import threading
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
    """The durations of one stage, in order.

    Of all of them, thinned evenly once there are too many, or of the recent ones only.
    """

    def __init__(self, recent: int | None = None) -> None:
        """recent: keep this many of the latest samples; None: keep samples of all the time."""
        self.count = 0
        self._recent = recent
        self._stride = 1
        self._samples = array('f')
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """Note one duration."""
        if self._recent is None:
            self._add_thinned(seconds)
        elif len(self._samples) < self._recent:
            self._samples.append(seconds)
        else:
            self._samples[self.count % self._recent] = seconds
        self.count += 1
        self._longest = max(self._longest, seconds)

    def _add_thinned(self, seconds: float) -> None:
        if self.count % self._stride == 0:
            self._samples.append(seconds)
            if len(self._samples) >= KEPT_SAMPLES:
                self._samples = self._samples[::2]
                self._stride *= 2

    def milliseconds(self) -> list[float]:
        """Return the kept samples in order, milliseconds."""
        kept = 1e3 * np.array(self._samples, np.float64)
        if self._recent is not None:
            kept = np.roll(kept, -(self.count % self._recent) if self.count > len(kept) else 0)
        in_order: list[float] = kept.tolist()
        return in_order

    def summary(self) -> LatencySummary:
        """Return the count of all, and percentiles and the longest of all or of the recent ones.

        All zero where nothing was noted.
        """
        if not self.count:
            return LatencySummary(0, 0.0, 0.0, 0.0, 0.0)
        samples = np.array(self._samples)
        p50, p95, p99 = 1e3 * np.percentile(samples, [50, 95, 99])
        longest = self._longest if self._recent is None else float(samples.max())
        return LatencySummary(self.count, float(p50), float(p95), float(p99), 1e3 * longest)


class StageClock:
    """Times the stages of the work by name; may be used by several threads at once."""

    def __init__(self, recent: int | None = None) -> None:
        """recent: how many of the latest durations of each stage count; None: all of them."""
        self._recent = recent
        self._lock = threading.Lock()
        self.series: dict[str, LatencySeries] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Note how long a stage took."""
        with self._lock:
            if stage not in self.series:
                self.series[stage] = LatencySeries(self._recent)
            self.series[stage].add(seconds)

    def summaries(self) -> dict[str, LatencySummary]:
        """Return the summary of each stage by name."""
        with self._lock:
            return {stage: series.summary() for stage, series in self.series.items()}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Note how long the block takes, also when it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - start)
