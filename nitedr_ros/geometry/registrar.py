"""Which registration applies, and its maps as long as they hold."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.correspondence import (
    Float64,
    through_homography,
    through_plane,
    unrectified,
)
from nitedr_ros.geometry.extrinsics import Extrinsics, Plane
from nitedr_ros.geometry.memo import Memo
from nitedr_ros.geometry.resampling import Resampling
from nitedr_ros.geometry.steady_pose import SteadyPose
from nitedr_ros.geometry.thermal_map import ThermalMap
from nitedr_ros.geometry.visible_view import VisibleView

Kind = Literal['aligned', 'homography', 'extrinsics']


class Registrar:
    """Makes the output view and the thermal map by the configuration and what the cameras say.

    config: how to register. visible_info, thermal_info: the cameras' calibrations, None as long
    as there is none. transform: the thermal camera's pose in the visible optical frame by TF, None
    likewise. thermal_crop: rows cut off the thermal images' top and bottom. They may be set again
    for every frame: maps are made anew only when something has changed that they depend on, and
    for a transform only when it has moved noticeably (see `SteadyPose`).
    frame_ids: optical frames of the visible and the thermal camera, to be named in errors.
    """

    def __init__(self, config: GeometryConfig, thermal_crop: tuple[int, int] = (0, 0)) -> None:
        """Begin with nothing known of the cameras."""
        self.config = config
        self.thermal_crop = thermal_crop
        self.visible_info: CameraInfo | None = None
        self.thermal_info: CameraInfo | None = None
        self.transform: Extrinsics | None = None
        self.frame_ids = ('', '')
        self._views: Memo[VisibleView] = Memo()
        self._maps: Memo[ThermalMap] = Memo()
        self._steady = SteadyPose()

    @property
    def kind(self) -> Kind:
        """The registration that applies now: what `auto` and `tf` come to."""
        asked = self.config.registration
        if asked == 'aligned' or asked == 'homography':
            return asked
        if asked != 'auto':
            return 'extrinsics'
        infos = (self.visible_info, self.thermal_info)
        calibrated = all(info is not None and info.calibrated for info in infos)
        return 'extrinsics' if calibrated and self.transform is not None else 'aligned'

    def view(self, height: int, width: int) -> VisibleView:
        """Return the output view of visible images of this size, pixels; the same one as before.

        Raises CalibrationError where the visible calibration is needed and can't be used.
        """
        config = self.config
        key = (self.kind, self.visible_info, config.processing_size, config.rectify, height, width)
        return self._views.get(key, lambda: self._make_view(height, width))

    def thermal_map(self, view: VisibleView, height: int, width: int) -> ThermalMap:
        """Return what brings thermal images into the view; the same one as before.

        height, width: of the thermal images, cropped, pixels. Raises CalibrationError where a
        calibration or the pose is needed and can't be used, and where the thermal camera sees
        nothing of the view.
        """
        kind, config = self.kind, self.config
        if kind == 'aligned':
            return self._maps.get((kind, view), lambda: ThermalMap(view))
        seen = (kind, view, self.thermal_info, self.thermal_crop, height, width)
        key: object
        if kind == 'homography':
            sizes = (config.homography_visible_size, config.homography_thermal_size)
            key = (seen, config.rectify, config.homography, sizes)
            return self._maps.get(key, lambda: self._by_homography(view, height, width))
        plane = Plane(np.array(config.plane_normal), config.plane_distance_m)
        pose = self._pose(view, plane)
        key = (seen, config.plane_normal, config.plane_distance_m, pose)
        return self._maps.get(key, lambda: self._by_plane(view, pose, plane, height, width))

    def _make_view(self, height: int, width: int) -> VisibleView:
        out_width, out_height = self.config.processing_size
        size = (out_height or height, out_width or width)
        info, kind = self.visible_info, self.kind
        model = None
        if kind == 'extrinsics':
            model = _model(info, 'visible', height, width)
        elif info is not None and info.calibrated:
            try:
                model = _model(info, 'visible', height, width)
            except CalibrationError:
                # Aligned cameras need none.
                if kind == 'homography' and self.config.rectify:
                    raise
        if model is not None and self.config.rectify and kind != 'aligned':
            try:
                return VisibleView.rectified(model, size)
            except CalibrationError as error:
                raise _of_camera('visible', error) from None
        return VisibleView.raw(info, model, (height, width), size)

    def _by_homography(self, view: VisibleView, height: int, width: int) -> ThermalMap:
        config = self.config
        pixels = through_homography(
            view,
            np.array(config.homography).reshape(3, 3),
            (config.homography_visible_size, config.homography_thermal_size),
            (height, width),
        )
        info = self.thermal_info
        if config.rectify and info is not None and info.calibrated:
            pixels = unrectified(pixels, self._thermal_model(height, width))
        return ThermalMap(view, _resampling(pixels, height, width))

    def _by_plane(
        self, view: VisibleView, pose: Extrinsics, plane: Plane, height: int, width: int
    ) -> ThermalMap:
        pixels = through_plane(view, pose, plane, self._thermal_model(height, width))
        return ThermalMap(view, _resampling(pixels, height, width), (pose, plane))

    def _pose(self, view: VisibleView, plane: Plane) -> Extrinsics:
        config = self.config
        if config.registration == 'extrinsics':
            return Extrinsics.from_quaternion(config.rotation_xyzw, config.translation_m)
        if self.transform is None:
            raise _no_transform(*self.frame_ids)
        return self._steady.follow(self.transform, view, plane)

    def _thermal_model(self, height: int, width: int) -> CameraModel:
        return _model(self.thermal_info, 'thermal', height, width, self.thermal_crop)


def _model(
    info: CameraInfo | None,
    camera: str,
    height: int,
    width: int,
    crop: tuple[int, int] = (0, 0),
) -> CameraModel:
    """Return the model of a camera; CalibrationError, naming it, where it can't be used."""
    if info is None:
        raise CalibrationError(
            f'{camera} camera_info: expected one, got none; publish it beside the images, or set '
            'registration to aligned'
        )
    try:
        return CameraModel.of(info, height, width, crop)
    except CalibrationError as error:
        raise _of_camera(camera, error) from None


def _resampling(pixels: Float64, height: int, width: int) -> Resampling:
    """Return what fetches these pixels of thermal images; CalibrationError where it is nothing."""
    resampling = Resampling(pixels, height, width, replicate=True)
    if not resampling.mask.any():
        raise CalibrationError(
            'expected the thermal camera to see part of the visible view, got none; check '
            'the homography, the transform between the optical frames and camera_info'
        )
    return resampling


def _of_camera(camera: str, error: CalibrationError) -> CalibrationError:
    return CalibrationError(f'{camera} camera_info: {error}')


def _no_transform(visible: str, thermal: str) -> CalibrationError:
    if visible and visible == thermal:
        return CalibrationError(
            f'expected an optical frame of its own for each camera, got {visible} for both; '
            'correct frame_id in their headers, or set registration to extrinsics'
        )
    frames = ' and '.join(frame or '(no frame_id)' for frame in (visible, thermal))
    return CalibrationError(
        f'expected a transform between the optical frames {frames}, got none; publish it on '
        '/tf_static, or on /tf where it moves, or set registration to extrinsics'
    )
