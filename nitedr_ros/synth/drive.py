"""A drive: the frames of both cameras, in the order in which a recorder would receive them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.frames.frame import Frame
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.synth.backdrop import Backdrop
from nitedr_ros.synth.config import DriveConfig, SensorName
from nitedr_ros.synth.optics import Optics
from nitedr_ros.synth.rain import Rain
from nitedr_ros.synth.rig import FRAME_IDS, Rig, StaticTransform
from nitedr_ros.synth.scene import Scene
from nitedr_ros.synth.schedule import Shot, schedule
from nitedr_ros.synth.sensor import ThermalSensor, VisibleSensor
from nitedr_ros.synth.thermal import ThermalRenderer
from nitedr_ros.synth.truth import Truth, TruthRenderer
from nitedr_ros.synth.visible import VisibleRenderer

__all__ = ['FRAME_IDS', 'Drive', 'DriveConfig', 'SensorName', 'SynthFrame', 'Truth']

_THERMAL_SCALE = 2
"""Temperatures are drawn this much finer than the thermal camera's pixels."""
_THERMAL_BLUR_PX = 0.75
"""Of the thermal camera's lens, in its pixels."""


@dataclass(frozen=True)
class SynthFrame:
    """A frame, and what only a synthetic drive knows of it.

    arrival_ns: when it reached the recorder. true_ns: when it was exposed, true time; the frame's
    stamp is what the camera's clock said then. Both nanoseconds since the epoch.
    truth: what the rectified visible camera saw at that time, with visible frames where wanted.
    """

    sensor: SensorName
    frame: Frame
    arrival_ns: int
    true_ns: int
    truth: Truth | None = None


class Drive:
    """A drive through a rainy night street; the same configuration gives the same bytes.

    The same bytes hold for one build of NumPy and OpenCV; another may round a pixel otherwise.
    """

    def __init__(self, config: DriveConfig | None = None) -> None:
        self.config = config or DriveConfig()
        self.rig = Rig.of(self.config)
        self.scene = Scene(self.config.seed)

    @property
    def camera_info(self) -> dict[SensorName, CameraInfo]:
        """The calibration of both cameras."""
        return {'visible': self.rig.visible.info, 'thermal': self.rig.thermal.info}

    @property
    def truth_info(self) -> CameraInfo:
        """The calibration of the truth: a pinhole, the visible camera's rectified view."""
        return self.rig.truth_info

    @property
    def transforms(self) -> tuple[StaticTransform, ...]:
        """Where the cameras sit on the car; empty where they are aligned."""
        return self.rig.transforms

    def frames(self) -> Iterator[SynthFrame]:
        """Render the frames one by one, in order of arrival.

        Visible: bgr8 uint8 [H, W, 3]. Thermal: mono16 uint16 [H, W], hundredths of a kelvin.
        """
        for shot in schedule(self.config):
            if shot.sensor == 'visible':
                picture, truth = self._visible(shot)
                frame = _frame(shot, 'bgr8', picture)
                yield SynthFrame(shot.sensor, frame, shot.arrival_ns, shot.true_ns, truth)
            else:
                frame = _frame(shot, 'mono16', self._thermal(shot))
                yield SynthFrame(shot.sensor, frame, shot.arrival_ns, shot.true_ns)

    def _visible(self, shot: Shot) -> tuple[npt.NDArray[np.uint8], Truth | None]:
        time_s = (shot.true_ns - self.config.start_ns) / 1e9
        moment = self.scene.at(time_s)
        view = self.visible_renderer.render(moment)
        rainy = self._rain.fall(view, time_s, moment.camera[2])
        seen = self.visible_optics.through(self._sensor.develop(rainy), cv2.INTER_CUBIC)
        picture = self._sensor.expose(seen, shot.number)
        if not self.config.with_truth:
            return picture, None
        clear = self._sensor.develop(np.ascontiguousarray(view.light[self.visible_optics.window]))
        return picture, self._truth.render(moment, clear)

    def _thermal(self, shot: Shot) -> npt.NDArray[np.uint16]:
        moment = self.scene.at((shot.true_ns - self.config.start_ns) / 1e9)
        kelvin = self.thermal_renderer.render(moment)
        soft = cv2.GaussianBlur(kelvin, (0, 0), _THERMAL_SCALE * _THERMAL_BLUR_PX)
        seen = self.thermal_optics.through(np.asarray(soft), cv2.INTER_LINEAR)
        return self._thermal_sensor.expose(seen, shot.number)

    @cached_property
    def visible_optics(self) -> Optics:
        """The visible camera's lens; its window is the rectified view."""
        return Optics(self.rig.visible, self.rig.visible.rectified)

    @cached_property
    def thermal_optics(self) -> Optics:
        """The thermal camera's lens and orientation."""
        pinhole = self.rig.thermal.pinhole
        width, height = _THERMAL_SCALE * pinhole.width, _THERMAL_SCALE * pinhole.height
        return Optics(self.rig.thermal, pinhole.resized(width, height))

    @cached_property
    def visible_renderer(self) -> VisibleRenderer:
        """What renders the scene without rain and noise."""
        return VisibleRenderer(self.visible_optics.view, self._backdrop)

    @cached_property
    def thermal_renderer(self) -> ThermalRenderer:
        """What renders the scene's temperatures without noise."""
        return ThermalRenderer(self.thermal_optics.view, self._backdrop)

    @cached_property
    def _truth(self) -> TruthRenderer:
        return TruthRenderer(self.rig.visible.rectified, self._backdrop)

    @cached_property
    def _backdrop(self) -> Backdrop:
        return Backdrop.paint(self.config.seed)

    @cached_property
    def _rain(self) -> Rain:
        camera = self.visible_optics.view
        depth = self._backdrop.depth(camera)
        return Rain(camera, depth, self.config.rain, self.config.seed)

    @cached_property
    def _sensor(self) -> VisibleSensor:
        return VisibleSensor(self.config.width, self.config.height, self.config.seed)

    @cached_property
    def _thermal_sensor(self) -> ThermalSensor:
        return ThermalSensor(*self.config.thermal_size, self.config.seed)


def _frame(shot: Shot, encoding: str, data: npt.NDArray[np.uint8 | np.uint16]) -> Frame:
    height, width = data.shape[:2]
    return Frame(shot.stamp_ns, FRAME_IDS[shot.sensor], encoding, data, height, width)
