"""The published networks as the yardstick of speed: one frame of them in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nitedr_ros.bench.scenes import Pair
from nitedr_ros.engines.engine import Engine, EngineInfo


@dataclass(frozen=True)
class PublishedFrame:
    """How long the published networks took for one frame, seconds, on which engine."""

    info: EngineInfo
    seconds: float


def run_published(
    load: Callable[[], Engine], scenes: Mapping[tuple[int, int], Pair]
) -> dict[tuple[int, int], PublishedFrame]:
    """Run one frame of each size, after nothing else: a warm-up would take as long as the frame.

    load: makes the engine, which takes gigabytes and is let go again; raises EngineError where it
    can't be had. scenes: a pair by its height and width, pixels.
    """
    engine = load()
    found = {}
    for size, scene in scenes.items():
        start = time.perf_counter()
        engine.infer(*scene)
        found[size] = PublishedFrame(engine.info, time.perf_counter() - start)
    return found
