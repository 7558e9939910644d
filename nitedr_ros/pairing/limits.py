"""The pairing section of the configuration, in nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.config.schema import PairingConfig


def _ns(milliseconds: float) -> int:
    return round(milliseconds * 1e6)


@dataclass(frozen=True)
class Limits:
    """Limits of pairing as integer nanoseconds; the fields are those of PairingConfig.

    near_ns: stamps of the two cameras closer than this belong to the same recording.
    """

    offset_ns: dict[Sensor, int]
    max_skew_ns: int
    max_thermal_age_ns: int
    wait_ns: int
    lost_after_ns: int
    clock_jump_ns: int
    near_ns: int
    queue_size: int

    @classmethod
    def of(cls, config: PairingConfig) -> Limits:
        """Convert a checked configuration."""
        return cls(
            offset_ns={
                Sensor.VISIBLE: _ns(config.visible_offset_ms),
                Sensor.THERMAL: _ns(config.thermal_offset_ms),
            },
            max_skew_ns=_ns(config.max_skew_ms),
            max_thermal_age_ns=_ns(config.max_thermal_age_ms),
            wait_ns=_ns(config.wait_ms),
            lost_after_ns=_ns(config.lost_after_ms),
            clock_jump_ns=_ns(config.clock_jump_ms),
            near_ns=max(_ns(config.clock_jump_ms), _ns(config.max_skew_ms)),
            queue_size=config.queue_size,
        )
