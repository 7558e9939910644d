"""When each camera exposes, what it stamps on the frame, and when the frame arrives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nitedr_ros.synth.config import DriveConfig, SensorName

LATENCY_MS: dict[SensorName, tuple[float, float]] = {
    'visible': (9.0, 16.0),
    'thermal': (22.0, 34.0),
}
"""Shortest and longest time from exposure to arrival."""
THERMAL_PHASE = 0.37
"""Where in its first period the thermal camera starts: the cameras do not share a trigger."""


@dataclass(frozen=True)
class Shot:
    """One frame to take. true_ns: of the exposure. stamp_ns: what the camera's clock says then.

    arrival_ns: of the frame at the recorder, true time. All in nanoseconds since the epoch.
    """

    arrival_ns: int
    sensor: SensorName
    number: int
    true_ns: int
    stamp_ns: int


def schedule(config: DriveConfig) -> list[Shot]:
    """Return the frames of a drive that are not lost, in order of arrival."""
    shots: list[Shot] = []
    sensors: tuple[SensorName, ...] = ('visible', 'thermal')
    for index, sensor in enumerate(sensors):
        is_visible = sensor == 'visible'
        hz = config.visible_hz if is_visible else config.thermal_hz
        phase = 0.0 if is_visible else THERMAL_PHASE
        offset_ns = 0 if is_visible else round(config.offset_ms * 1e6)
        count = math.ceil(config.seconds * hz - 1e-9)
        rng = np.random.default_rng([config.seed, 50, index])
        jitter_ms = np.clip(rng.normal(0, 0.4, count), -1, 1) * config.jitter_ms
        latency_ms = rng.uniform(*LATENCY_MS[sensor], count)
        lost = np.random.default_rng([config.seed, 51, index]).random(count) < config.drop
        earliest = 0
        for number in range(count):
            even_ns = round((number + phase) / hz * 1e9)
            shift_ns = max(round(float(jitter_ms[number]) * 1e6), -even_ns)
            true_ns = config.start_ns + even_ns + shift_ns
            arrival_ns = max(true_ns + round(float(latency_ms[number]) * 1e6), earliest + 1)
            earliest = arrival_ns
            if not lost[number]:
                shots.append(Shot(arrival_ns, sensor, number, true_ns, true_ns + offset_ns))
    return sorted(shots, key=lambda shot: (shot.arrival_ns, shot.sensor))
