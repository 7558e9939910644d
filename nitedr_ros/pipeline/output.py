"""What the pipeline delivers for one frame set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.pipeline.modes import Mode

if TYPE_CHECKING:
    from nitedr_ros.geometry.camera_info import CameraInfo
    from nitedr_ros.pipeline.deferred import Deferred

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Output:
    """The images of one moment, and what a detector must know to weigh them.

    All are in the output view: the visible camera's, rectified where it is calibrated and the
    cameras are not aligned already. h, w: the processing size; H, W: the same, or the visible
    image's size where `geometry.full_size_output` is set.

    stamp_ns, frame_id: of the visible frame; of the thermal frame in thermal-only mode.
    mode, reason: the degrade mode, and why in words; '' in full mode.
    stages: what ran, in order, among 'clean', 'fuse'. inference_ns: how long the engine took, None
    where it did not run.
    fused: uint8 [H, W, 3] RGB. derained: the same, None in thermal-only mode.
    visible_made, thermal_made, radiometric_made: the images of that name below, made when they
    are asked for.
    mask: uint8 [h, w], 255 where the thermal camera sees, else 0; None where none was there.
    image_info: calibration of fused and derained; camera_info: of the images of size h, w; None
    where the visible camera is not calibrated.
    skew_ns: thermal stamp minus visible stamp after offsets, None without a pair.
    thermal_age_ns: how long before this output the thermal frame had arrived, None without one.
    thermal_frozen: the thermal picture has been the same for too long.
    waited_ns: how long the visible frame waited for its partner.
    reused: the thermal frame served an earlier visible frame too.
    visible_stamp_ns, thermal_stamp_ns: as the cameras stamped the two frames; None without one.
    """

    stamp_ns: int
    frame_id: str
    mode: Mode
    reason: str
    stages: tuple[str, ...]
    inference_ns: int | None
    fused: UInt8
    derained: UInt8 | None
    visible_made: Deferred[UInt8] | None
    thermal_made: Deferred[UInt8] | None
    radiometric_made: Deferred[npt.NDArray[Any]] | None
    mask: UInt8 | None
    image_info: CameraInfo | None
    camera_info: CameraInfo | None
    skew_ns: int | None
    thermal_age_ns: int | None
    thermal_frozen: bool
    waited_ns: int
    reused: bool
    visible_stamp_ns: int | None
    thermal_stamp_ns: int | None

    @property
    def visible(self) -> UInt8 | None:
        """uint8 [h, w, 3] RGB, the image that came in, None in thermal-only mode."""
        return None if self.visible_made is None else self.visible_made.get()

    @property
    def thermal_registered(self) -> UInt8 | None:
        """uint8 [h, w], None where none was there."""
        return None if self.thermal_made is None else self.thermal_made.get()

    @property
    def radiometric(self) -> npt.NDArray[Any] | None:
        """uint16 or float32 [h, w] in the thermal camera's unit, 0 or NaN where it doesn't see.

        None where the camera sends 8 bit or none was there.
        """
        return None if self.radiometric_made is None else self.radiometric_made.get()


def encoding_of(image: npt.NDArray[Any]) -> str:
    """Return the name that sensor_msgs gives to the pixels of an output image.

    image: uint8 [h, w, 3] RGB, or uint8, uint16 or float32 [h, w].
    """
    if image.ndim == 3:
        return 'rgb8'
    return {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}[np.dtype(image.dtype).name]
