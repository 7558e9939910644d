"""What a synthetic drive is to be like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nitedr_ros.errors import ConfigError
from nitedr_ros.synth.lens import LensName

SensorName = Literal['visible', 'thermal']

LATEST_NS = 2_000_000_000_000_000_000
"""A stamp's seconds are 32 bits wide."""
_DAY_MS = 86_400_000.0


@dataclass(frozen=True)
class DriveConfig:
    """What to drive through, and with which cameras.

    seconds: length. visible_hz, thermal_hz: frame rates. width, height: of the visible image,
    pixels. thermal_width, thermal_height: of the thermal image; where None, 320 x 256, or half
    the visible size where the cameras are aligned. lens: of both cameras, each with coefficients
    of its own. aligned: both cameras share one place and one view without distortion.
    seed: fixes everything. rain: 0 is no falling rain (the road stays wet), 1 is heavy.
    offset_ms: how far the thermal camera's clock is ahead, so that its stamps are the true time
    plus this. jitter_ms: largest deviation of an exposure from the even rate. drop: share of
    each camera's frames that never arrives. truth: draw what the rectified visible camera would
    see without rain and noise, too; where None, unless the cameras are aligned. start_ns: start
    of the drive, nanoseconds since the epoch.
    Raises ConfigError for a value that makes no drive.
    """

    seconds: float = 6.0
    visible_hz: float = 30.0
    thermal_hz: float = 9.0
    width: int = 640
    height: int = 480
    thermal_width: int | None = None
    thermal_height: int | None = None
    lens: LensName = 'plumb_bob'
    aligned: bool = False
    seed: int = 1
    rain: float = 1.0
    offset_ms: float = 0.0
    jitter_ms: float = 0.4
    drop: float = 0.0
    truth: bool | None = None
    start_ns: int = 1_700_000_000_000_000_000

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check('seconds', self.seconds, 0.0, 3600.0)
        _check('visible_hz', self.visible_hz, 0.1, 240.0)
        _check('thermal_hz', self.thermal_hz, 0.1, 240.0)
        _check('rain', self.rain, 0.0, 3.0)
        _check('seed', self.seed, 0, 2**32 - 1)
        fastest = max(self.visible_hz, self.thermal_hz)
        _check('jitter_ms', self.jitter_ms, 0.0, 400.0 / fastest)
        _check('drop', self.drop, 0.0, 1.0)
        _check('offset_ms', self.offset_ms, -_DAY_MS, _DAY_MS)
        _check('start_ns', self.start_ns, max(0.0, -self.offset_ms * 1e6), LATEST_NS)
        for name, value in (('width', self.width), ('height', self.height)):
            _check(name, value, 64, 4096)
        for name, value in zip(
            ('thermal_width', 'thermal_height'), self.thermal_size, strict=True
        ):
            _check(name, value, 32, 4096)

    @property
    def thermal_size(self) -> tuple[int, int]:
        """Width and height of the thermal image, pixels."""
        width, height = (self.width // 2, self.height // 2) if self.aligned else (320, 256)
        return self.thermal_width or width, self.thermal_height or height

    @property
    def with_truth(self) -> bool:
        """Whether the truth is drawn, too."""
        return not self.aligned if self.truth is None else self.truth


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f'{name} must be from {low:g} to {high:g}, got {value}')
