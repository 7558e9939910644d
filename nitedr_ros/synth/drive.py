"""A drive: the frames of both cameras, in the order in which a recorder would receive them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import ConfigError
from nitedr_ros.frames.frame import Frame
from nitedr_ros.synth.backdrop import Backdrop
from nitedr_ros.synth.camera import CameraInfo, PinholeCamera
from nitedr_ros.synth.rain import Rain
from nitedr_ros.synth.scene import Scene
from nitedr_ros.synth.sensor import VisibleSensor
from nitedr_ros.synth.thermal import ThermalRenderer
from nitedr_ros.synth.visible import VisibleRenderer

SensorName = Literal['visible', 'thermal']

FRAME_IDS: dict[SensorName, str] = {
    'visible': 'visible_optical_frame',
    'thermal': 'thermal_optical_frame',
}
LATENCY_MS: dict[SensorName, tuple[float, float]] = {
    'visible': (9.0, 16.0),
    'thermal': (22.0, 34.0),
}
"""Shortest and longest time from exposure to arrival."""
THERMAL_PHASE = 0.37
"""Where in its first period the thermal camera starts: the cameras do not share a trigger."""
SIZE_STEP = 16


@dataclass(frozen=True)
class DriveConfig:
    """What to drive through.

    seconds: length. visible_hz, thermal_hz: frame rates. width, height: of the visible image,
    pixels, multiples of 16; the thermal image has half of each. seed: fixes everything. rain: 0
    is no falling rain (the road stays wet), 1 is heavy. jitter_ms: largest deviation of a stamp
    from the even rate. start_ns: start of the drive, nanoseconds since the epoch.
    Raises ConfigError for a value that makes no drive.
    """

    seconds: float = 6.0
    visible_hz: float = 30.0
    thermal_hz: float = 9.0
    width: int = 640
    height: int = 480
    seed: int = 1
    rain: float = 1.0
    jitter_ms: float = 0.4
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
        _check('start_ns', self.start_ns, 0, 2**62)
        for name, value in (('width', self.width), ('height', self.height)):
            _check(name, value, 64, 4096)
            if value % SIZE_STEP:
                raise ConfigError(f'{name} must be a multiple of {SIZE_STEP}, got {value}')


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f'{name} must be from {low:g} to {high:g}, got {value}')


@dataclass(frozen=True)
class SynthFrame:
    """A frame and when it reached the recorder, nanoseconds since the epoch."""

    sensor: SensorName
    frame: Frame
    arrival_ns: int


@dataclass(frozen=True)
class _Shot:
    arrival_ns: int
    sensor: SensorName
    number: int
    stamp_ns: int


class Drive:
    """A drive through a rainy night street; the same configuration gives the same bytes.

    The same bytes hold for one build of NumPy and OpenCV; another may round a pixel otherwise.
    """

    def __init__(self, config: DriveConfig | None = None) -> None:
        self.config = config or DriveConfig()
        width, height = self.config.width, self.config.height
        self._cameras: dict[SensorName, PinholeCamera] = {
            'visible': PinholeCamera.for_size(width, height),
            'thermal': PinholeCamera.for_size(width // 2, height // 2),
        }
        self.scene = Scene(self.config.seed)

    @property
    def camera_info(self) -> dict[SensorName, CameraInfo]:
        """Intrinsics of both cameras, which share one place and one view."""
        return {name: camera.info(FRAME_IDS[name]) for name, camera in self._cameras.items()}

    def frames(self) -> Iterator[SynthFrame]:
        """Render the frames one by one, in order of arrival.

        Visible: bgr8 uint8 [H, W, 3]. Thermal: mono16 uint16 [H / 2, W / 2], hundredths of a
        kelvin, already aligned with the visible image.
        """
        for shot in self._shots():
            is_visible = shot.sensor == 'visible'
            data: npt.NDArray[Any] = self._visible(shot) if is_visible else self._thermal(shot)
            encoding = 'bgr8' if is_visible else 'mono16'
            frame = Frame(
                shot.stamp_ns, FRAME_IDS[shot.sensor], encoding, data, data.shape[0], data.shape[1]
            )
            yield SynthFrame(shot.sensor, frame, shot.arrival_ns)

    def _shots(self) -> list[_Shot]:
        config = self.config
        shots: list[_Shot] = []
        for index, sensor in enumerate(FRAME_IDS):
            hz = config.visible_hz if sensor == 'visible' else config.thermal_hz
            phase = 0.0 if sensor == 'visible' else THERMAL_PHASE
            count = math.ceil(config.seconds * hz - 1e-9)
            rng = np.random.default_rng([config.seed, 50, index])
            jitter_ms = np.clip(rng.normal(0, 0.4, count), -1, 1) * config.jitter_ms
            low, high = LATENCY_MS[sensor]
            latency_ms = rng.uniform(low, high, count)
            earliest = 0
            for number in range(count):
                even_ns = round((number + phase) / hz * 1e9)
                shift_ns = max(round(float(jitter_ms[number]) * 1e6), -even_ns)
                stamp_ns = config.start_ns + even_ns + shift_ns
                arrival_ns = max(stamp_ns + round(float(latency_ms[number]) * 1e6), earliest + 1)
                shots.append(_Shot(arrival_ns, sensor, number, stamp_ns))
                earliest = arrival_ns
        return sorted(shots, key=lambda shot: (shot.arrival_ns, shot.sensor))

    def _visible(self, shot: _Shot) -> npt.NDArray[np.uint8]:
        time_s = (shot.stamp_ns - self.config.start_ns) / 1e9
        moment = self.scene.at(time_s)
        view = self.visible_renderer.render(moment)
        return self._sensor.expose(self._rain.fall(view, time_s, moment.camera[2]), shot.number)

    def _thermal(self, shot: _Shot) -> npt.NDArray[np.uint16]:
        moment = self.scene.at((shot.stamp_ns - self.config.start_ns) / 1e9)
        kelvin = self.thermal_renderer.render(moment)
        return self.thermal_renderer.expose(kelvin, shot.number)

    @cached_property
    def visible_renderer(self) -> VisibleRenderer:
        """What renders the scene without rain and noise."""
        return VisibleRenderer(self._cameras['visible'], self._backdrop)

    @cached_property
    def thermal_renderer(self) -> ThermalRenderer:
        """What renders the scene's temperatures without noise."""
        return ThermalRenderer(self._cameras['thermal'], self._backdrop, self.config.seed)

    @cached_property
    def _backdrop(self) -> Backdrop:
        return Backdrop.paint(self.config.seed)

    @cached_property
    def _rain(self) -> Rain:
        camera = self._cameras['visible']
        depth = self._backdrop.depth(camera)
        return Rain(camera, depth, self.config.rain, self.config.seed)

    @cached_property
    def _sensor(self) -> VisibleSensor:
        return VisibleSensor(self.config.width, self.config.height, self.config.seed)
