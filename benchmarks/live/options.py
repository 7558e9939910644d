"""What can be measured, as it stands on the command line."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """One measurement.

    seconds: measured, after warm_up seconds that only count. rate, thermal_rate: Hz. size: width
    and height of the visible images. detector_qos: sensor or reliable. engine_ms: how long the
    engine takes; None leaves the engine to the parameters. parameters: of the node, NAME=VALUE.
    command: starts the node; ROS arguments follow it; empty for the node of these sources.
    """

    seconds: float
    warm_up: float
    rate: float
    thermal_rate: float
    size: tuple[int, int]
    detector_qos: str
    engine_ms: float | None = None
    parameters: tuple[str, ...] = ()
    command: tuple[str, ...] = field(default=())
