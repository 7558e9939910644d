"""From a frame set to what an engine takes that works on images as the cameras give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.errors import EngineError
from nitedr_ros.geometry.sampling_grid import SamplingGrid, thermal_grid, visible_grid

if TYPE_CHECKING:
    from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames
    from nitedr_ros.frames.frame import Frame
    from nitedr_ros.geometry.thermal_map import ThermalMap
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.pipeline.registration import RegisteredThermal
    from nitedr_ros.pipeline.visible_image import VisibleImage

UInt8 = npt.NDArray[np.uint8]


class CameraPairs:
    """Makes the pairs that an engine takes, and keeps the maps as long as they hold."""

    def __init__(self, frames: CameraFrames) -> None:
        """frames: what the engine's graph takes."""
        self.frames = frames
        self._visible: tuple[VisibleView, SamplingGrid] | None = None
        self._thermal: tuple[ThermalMap, SamplingGrid] | None = None

    def pair(self, visible: VisibleImage, thermal: RegisteredThermal | None) -> CameraPair:
        """Return what the engine takes for these frames.

        Raises EngineError where the cameras send something else than the graph was made for.
        """
        image = _bytes('visible', visible.frame, self.frames.visible)
        if self._visible is None or self._visible[0] is not visible.view:
            self._visible = (visible.view, visible_grid(visible.view))
        grid = self._visible[1]
        _check_bins('visible', grid, self.frames.visible_bins)
        if thermal is None or thermal.there is None:
            return CameraPair(image, None, grid.points, None, (1.0, 0.0), None)
        frame, there = thermal.frame, thermal.there
        values = _bytes('thermal', frame, self.frames.thermal)
        if self._thermal is None or self._thermal[0] is not there:
            self._thermal = (there, thermal_grid(there, frame.height, frame.width))
        thermal_points = self._thermal[1]
        _check_bins('thermal', thermal_points, self.frames.thermal_bins)
        return CameraPair(
            image, values, grid.points, thermal_points.points, frame.range, thermal.weight
        )


def matches(frame: Frame, camera: CameraFormat) -> bool:
    """Return whether a frame is what a graph takes of that camera."""
    came = (frame.height, frame.width, frame.encoding)
    return came == (camera.height, camera.width, camera.encoding)


def _bytes(camera: str, frame: Frame, wanted: CameraFormat) -> UInt8:
    """Return the frame's pixels as the graph takes them, uint8 of `wanted.shape`.

    frame: its pixels in native byte order, on the little-endian machines that GPUs are in.
    """
    if not matches(frame, wanted):
        raise EngineError(
            f'expected {camera} images of {wanted.width}x{wanted.height} {wanted.encoding}, for '
            f'which the model was exported, got {frame.width}x{frame.height} {frame.encoding}: '
            'export one for them, or choose a model without camera_frames'
        )
    return np.ascontiguousarray(frame.data).view(np.uint8).reshape(wanted.shape)


def _check_bins(camera: str, grid: SamplingGrid, bins: tuple[int, int]) -> None:
    if grid.bins != bins:
        raise EngineError(
            f'expected a view that averages {bins[0]}x{bins[1]} pixels of the {camera} camera, '
            f'for which the model was exported, it averages {grid.bins[0]}x{grid.bins[1]}: export '
            f'one with --{camera}-bins {grid.bins[0]}x{grid.bins[1]}'
        )
