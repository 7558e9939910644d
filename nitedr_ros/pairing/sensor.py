"""The two cameras of a pair."""

from __future__ import annotations

from enum import Enum


class Sensor(str, Enum):
    """Which camera a frame comes from."""

    VISIBLE = 'visible'
    THERMAL = 'thermal'

    @property
    def other(self) -> Sensor:
        """The camera at the other end of a pair."""
        return Sensor.THERMAL if self is Sensor.VISIBLE else Sensor.VISIBLE
