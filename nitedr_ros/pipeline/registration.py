"""Both images in one view, whatever is known of the cameras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.extrinsics import Extrinsics
from nitedr_ros.geometry.registrar import Registrar
from nitedr_ros.geometry.transforms import TransformLink, TransformTree
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.deferred import Deferred

if TYPE_CHECKING:
    from nitedr_ros.config.schema import Config, GeometryConfig
    from nitedr_ros.geometry.thermal_map import ThermalMap
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.thermal.thermal_frame import ThermalFrame

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RegisteredThermal:
    """A thermal frame in the output view; its images are made when they are asked for.

    mask: uint8 [h, w], 255 where the camera sees, else 0. weight: float32 [h, w], the same from 1
    to 0 without a seam; None where it sees everything. frame: as it came; there: what brought it
    into the view, None where it stays in its own pixels.
    """

    levels_made: Deferred[UInt8]
    radiometric_made: Deferred[npt.NDArray[Any]] | None
    mask: UInt8
    weight: npt.NDArray[np.float32] | None
    frame: ThermalFrame
    there: ThermalMap | None

    @property
    def levels(self) -> UInt8:
        """uint8 [h, w], bright where it is warm; beyond the camera's view its border goes on."""
        return self.levels_made.get()

    def limit(self, fused: UInt8, derained: UInt8) -> UInt8:
        """Return the fused image, but the de-rained one where there was nothing to fuse.

        Both: uint8 [h, w, 3]; neither is changed.
        """
        if self.weight is None:
            return fused
        blended = cv2.blendLinear(fused, derained, self.weight, 1.0 - self.weight)
        return np.asarray(blended, np.uint8)


class Registration:
    """Learns what camera_info and transforms say and brings images into the output view.

    A calibration that can't be used never stops the images: the visible image then goes out as it
    came, the thermal one not at all, and `problem` says why.
    """

    def __init__(self, config: Config) -> None:
        self._registrar = Registrar(config.geometry)
        self._plain = Registrar(_aligned(config))
        self._transforms = TransformTree()
        self._link: TransformLink | None = None
        self._frame_ids: dict[Sensor, str] = {}
        self._view: VisibleView | None = None
        self._kept: tuple[ThermalFrame, ThermalMap, RegisteredThermal] | None = None
        self._problems: dict[str, str] = {}

    def reconfigure(self, config: Config) -> None:
        """Register by another configuration from the next frame on.

        What was learnt of the cameras stays, and so do the maps that it leaves as they are.
        """
        self._registrar.config = config.geometry
        self._plain.config = _aligned(config)

    @property
    def kind(self) -> str:
        """How the images are registered: aligned, homography or extrinsics."""
        return self._registrar.kind

    @property
    def problem(self) -> str:
        """What is wrong with the calibration, in one line; '' while all is well."""
        return next(iter(self._problems.values()), '')

    @property
    def doubt(self) -> str:
        """What speaks against cameras that were taken for aligned; '' where nothing does."""
        registrar = self._registrar
        visible, thermal = registrar.visible_info, registrar.thermal_info
        if registrar.config.registration != 'auto' or self.kind != 'aligned':
            return ''
        if visible is None or thermal is None or not (visible.calibrated and thermal.calibrated):
            if registrar.transform in (None, Extrinsics.identity()):
                return ''
            return (
                'the cameras are taken for aligned, but a transform sets them apart: '
                'publish the calibrated camera_info of both, or set geometry.registration'
            )
        if visible.shares_view(thermal):
            return ''
        frames = tuple(self._frame_ids.get(sensor) or '(no frame)' for sensor in Sensor)
        joined = f'publish a transform between {" and ".join(frames)}'
        if frames[0] == frames[1]:
            joined = f'give each an optical frame of its own, not {frames[0]} for both'
        return (
            'the cameras are taken for aligned, but their calibrations show different views: '
            f'{joined}, or set geometry.registration'
        )

    @property
    def view(self) -> VisibleView | None:
        """The output view as of the last visible image; None before the first."""
        return self._view

    @property
    def thermal_map(self) -> ThermalMap | None:
        """What brought the last thermal frame into the view; None where none was."""
        return None if self._kept is None else self._kept[1]

    def displaced(
        self, pixels: npt.NDArray[np.float64], depth_m: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64] | None:
        """Return how far things at these depths are displaced, see `ThermalMap.displaced`."""
        there = self.thermal_map
        return None if there is None else there.displaced(pixels, depth_m)

    def learn_camera_info(self, sensor: Sensor, message: object) -> None:
        """Take in a sensor_msgs/CameraInfo of one camera."""
        where = f'camera_info/{sensor.value}'
        try:
            info = CameraInfo.from_message(message)
        except CalibrationError as error:
            self._problems[where] = str(error)
            return
        self._problems.pop(where, None)
        if sensor is Sensor.VISIBLE:
            self._registrar.visible_info = info
        else:
            self._registrar.thermal_info = info
        if sensor not in self._frame_ids:
            # It often comes before the first image, which then is registered already. From then
            # on the images say which frame they are in: drivers name others here.
            self.see(sensor, getattr(getattr(message, 'header', None), 'frame_id', ''))

    def learn_transforms(self, message: object) -> None:
        """Take in a tf2_msgs/TFMessage of /tf_static or /tf; the latest of each frame holds."""
        self._transforms.add_message(message)
        if self._link is not None:
            self._registrar.transform = self._link.pose

    def see(self, sensor: Sensor, frame_id: str) -> None:
        """Note the optical frame that a camera's images are in."""
        if frame_id and self._frame_ids.get(sensor) != frame_id:
            self._frame_ids[sensor] = frame_id
            visible, thermal = (self._frame_ids.get(which, '') for which in Sensor)
            self._registrar.frame_ids = (visible, thermal)
            if visible and thermal and visible != thermal:
                self._link = TransformLink(self._transforms, visible, thermal)
                self._registrar.transform = self._link.pose

    def view_visible(self, height: int, width: int) -> VisibleView:
        """Return the output view for a visible image of this size, pixels."""
        try:
            self._view = self._registrar.view(height, width)
            self._problems.pop('view', None)
        except CalibrationError as error:
            self._problems['view'] = str(error)
            self._view = self._plain.view(height, width)
        return self._view

    def register(self, frame: ThermalFrame) -> RegisteredThermal | None:
        """Return the thermal frame in the output view; None where it can't be brought there.

        Before the first visible image there is no view: it then stays in its own pixels. The last
        result is kept, as a slow thermal camera's frame serves several visible ones.
        """
        view = self._view
        if view is None:
            return _as_it_is(frame)
        if 'view' in self._problems:
            return None
        self._registrar.thermal_crop = frame.crop
        try:
            there = self._registrar.thermal_map(view, *frame.levels.shape)
        except CalibrationError as error:
            self._problems['thermal'] = str(error)
            return None
        self._problems.pop('thermal', None)
        kept = self._kept
        if kept is not None and kept[0] is frame and kept[1] is there:
            return kept[2]
        radiometric = None
        if frame.data.dtype != np.uint8:
            radiometric = Deferred(partial(there.apply_radiometric, frame.data))
        result = RegisteredThermal(
            Deferred(partial(there.apply, frame.levels)),
            radiometric,
            there.mask,
            None if there.complete else there.weight,
            frame,
            there,
        )
        self._kept = (frame, there, result)
        return result


def _aligned(config: Config) -> GeometryConfig:
    return config.geometry.model_copy(update={'registration': 'aligned'})


def _as_it_is(frame: ThermalFrame) -> RegisteredThermal:
    radiometric = None if frame.data.dtype == np.uint8 else Deferred.ready(frame.data)
    mask = np.full_like(frame.levels, 255)
    return RegisteredThermal(Deferred.ready(frame.levels), radiometric, mask, None, frame, None)
