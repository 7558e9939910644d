"""The two cameras on the car: sizes, lenses and places, and what their drivers say about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.synth import street
from nitedr_ros.synth.camera import PinholeCamera, Points
from nitedr_ros.synth.config import DriveConfig, SensorName
from nitedr_ros.synth.lens import Lens, lenses

FRAME_IDS: dict[SensorName, str] = {
    'visible': 'visible_optical_frame',
    'thermal': 'thermal_optical_frame',
}
BASE_FRAME = 'base_link'
THERMAL_PLACE = (0.11, 0.05, -0.01)
"""The thermal camera in the visible optical frame, metres: right of it and below."""
THERMAL_TURN_DEG = (-0.8, 1.2, 0.6)
"""Its rotation vector there, degrees about x, y and z."""
_BASE_TO_VISIBLE = (1.6, 0.0, -street.CAMERA_Y)
_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Axes of an optical frame (x right, y down, z forward) in base_link's (x forward, z up)."""
_VISIBLE_REACH, _THERMAL_REACH = 0.5 / 0.9, 0.56
"""What the middle of a side edge sees, ray / z; 0.5 / 0.9 makes a view 58 degrees across."""


@dataclass(frozen=True)
class RigCamera:
    """A camera with its lens and its place.

    pinhole: image size and matrix K, pixels; its mount is the camera's place. lens: distortion.
    turn: rotation vector of the camera in the visible optical frame, radians, which is level
    and looks along the street.
    """

    pinhole: PinholeCamera
    lens: Lens
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def rotation(self) -> Points:
        """[3, 3], from the camera's optical frame to the visible one."""
        return np.asarray(cv2.Rodrigues(np.array(self.turn))[0], np.float64)

    def rays(self, pixels: Points) -> Points:
        """Return what pixels [N, 2] see, in the camera's optical frame, ray / z [N, 2]."""
        return self.lens.undistort(self.pinhole.normalise(pixels))

    @cached_property
    def rectified(self) -> PinholeCamera:
        """The view without distortion in which every pixel has been seen.

        It is the largest of the image's size, as a calibrator chooses it with alpha = 0, less
        half a pixel at each edge.
        """
        if self.lens.straight:
            return self.pinhole
        width, height = self.pinhole.width, self.pinhole.height
        u, v = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
        top, bottom = (self._edge(u, np.full(width, y)) for y in (0.0, height - 1.0))
        left, right = (self._edge(np.full(height, x), v) for x in (0.0, width - 1.0))
        x0, x1 = left[:, 0].max(), right[:, 0].min()
        y0, y1 = top[:, 1].max(), bottom[:, 1].min()
        fx, fy = float(width / (x1 - x0)), float(height / (y1 - y0))
        cx, cy = float(-fx * x0 - 0.5), float(-fy * y0 - 0.5)
        return PinholeCamera(width, height, fx, fy, cx, cy, self.pinhole.mount)

    def _edge(self, u: Points, v: Points) -> Points:
        return self.rays(np.stack([u, v], axis=1))

    @property
    def info(self) -> CameraInfo:
        """What the camera's driver publishes after a calibration."""
        pinhole = self.pinhole
        return CameraInfo(
            pinhole.width,
            pinhole.height,
            self.lens.model,
            self.lens.d,
            k=pinhole.k,
            r=_IDENTITY,
            p=_projection(self.rectified),
        )


@dataclass(frozen=True)
class StaticTransform:
    """Pose of the frame `child` in `parent`: metres, and a quaternion (x, y, z, w)."""

    parent: str
    child: str
    translation: tuple[float, float, float]
    rotation: tuple[float, float, float, float]


@dataclass(frozen=True)
class Rig:
    """Both cameras. transforms: where they sit on the car; empty where nobody measured it."""

    visible: RigCamera
    thermal: RigCamera
    transforms: tuple[StaticTransform, ...] = ()

    @classmethod
    def of(cls, config: DriveConfig) -> Rig:
        """Return the cameras that a drive asks for."""
        return _aligned(config) if config.aligned else _apart(config)

    @property
    def truth_info(self) -> CameraInfo:
        """Of the truth: a pinhole with the matrix P of the visible camera."""
        view = self.visible.rectified
        return CameraInfo(
            view.width,
            view.height,
            'plumb_bob',
            (0.0,) * 5,
            k=view.k,
            r=_IDENTITY,
            p=_projection(view),
        )


def _aligned(config: DriveConfig) -> Rig:
    straight, _ = lenses('none')
    visible = PinholeCamera.for_size(config.width, config.height)
    thermal = visible.resized(*config.thermal_size)
    return Rig(RigCamera(visible, straight), RigCamera(thermal, straight))


def _apart(config: DriveConfig) -> Rig:
    visible_lens, thermal_lens = lenses(config.lens)
    turn = np.radians(THERMAL_TURN_DEG)
    visible = RigCamera(
        _pinhole((config.width, config.height), visible_lens, _VISIBLE_REACH, (0.006, -0.005)),
        visible_lens,
    )
    thermal = RigCamera(
        _pinhole(
            config.thermal_size, thermal_lens, _THERMAL_REACH, (-0.005, 0.004), THERMAL_PLACE
        ),
        thermal_lens,
        (float(turn[0]), float(turn[1]), float(turn[2])),
    )
    place = np.array(_BASE_TO_VISIBLE)
    transforms = (
        _transform(FRAME_IDS['visible'], _OPTICAL, place),
        _transform(
            FRAME_IDS['thermal'],
            _OPTICAL @ thermal.rotation,
            place + _OPTICAL @ np.array(THERMAL_PLACE),
        ),
    )
    return Rig(visible, thermal, transforms)


def _pinhole(
    size: tuple[int, int],
    lens: Lens,
    reach: float,
    off_centre: tuple[float, float],
    mount: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> PinholeCamera:
    """Return K of a camera whose side edges see `reach`; off_centre: of its axis, of a width."""
    width, height = size
    focal = width / 2 / float(lens.distort(np.array([[reach, 0.0]]))[0, 0])
    cx, cy = (width - 1) / 2 + off_centre[0] * width, (height - 1) / 2 + off_centre[1] * width
    return PinholeCamera(width, height, focal, 1.001 * focal, cx, cy, mount)


def _transform(child: str, rotation: Points, translation: Points) -> StaticTransform:
    x, y, z = translation.tolist()
    return StaticTransform(BASE_FRAME, child, (x, y, z), _quaternion(rotation))


def _quaternion(rotation: Points) -> tuple[float, float, float, float]:
    """Return (x, y, z, w) of a rotation matrix, from its axis and angle."""
    vector = np.asarray(cv2.Rodrigues(rotation)[0], np.float64).reshape(3)
    angle = float(np.linalg.norm(vector))
    x, y, z = (vector * (np.sin(angle / 2) / max(angle, 1e-12))).tolist()
    return x, y, z, float(np.cos(angle / 2))


def _projection(view: PinholeCamera) -> tuple[float, ...]:
    return (view.fx, 0.0, view.cx, 0.0, 0.0, view.fy, view.cy, 0.0, 0.0, 0.0, 1.0, 0.0)


_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
