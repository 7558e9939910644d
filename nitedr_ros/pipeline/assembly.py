"""Putting an output together from what became of its images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.pipeline.deferred import Deferred
from nitedr_ros.pipeline.output import Output, UInt8
from nitedr_ros.thermal.thermal_frame import ThermalFrame

if TYPE_CHECKING:
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.pairing.frame_set import FrameSet
    from nitedr_ros.pipeline.registration import RegisteredThermal
    from nitedr_ros.pipeline.restoration import Restored
    from nitedr_ros.pipeline.visible_image import VisibleImage


@dataclass(frozen=True, eq=False)
class Prepared:
    """A frame set whose images are in the output view; at least one of them is there.

    seen: the view, and the optical frame of the visible camera, which is that of all images then;
    None before the first visible image.
    """

    frame_set: FrameSet
    seen: tuple[VisibleView, str] | None
    visible: VisibleImage | None
    thermal: RegisteredThermal | None


def assemble(prepared: Prepared, restored: Restored) -> Output:
    """Return what goes out for a frame set, with stamp and optical frame of its main image.

    Raises ValueError for a frame set without frames.
    """
    frame_set, visible, thermal = prepared.frame_set, prepared.visible, prepared.thermal
    main = frame_set.visible or frame_set.thermal
    if main is None:
        raise ValueError('expected a frame set with at least one frame')
    frame = frame_set.thermal
    info = full_info = None
    if prepared.seen is not None:
        info, full_info = prepared.seen[0].camera_info, prepared.seen[0].full_camera_info
    return Output(
        stamp_ns=main.stamp_ns,
        frame_id=main.frame_id if prepared.seen is None else prepared.seen[1],
        mode=restored.mode,
        reason=restored.reason,
        stages=restored.stages,
        inference_ns=restored.inference_ns,
        fused=restored.fused,
        derained=restored.derained,
        visible_made=None if visible is None else visible.made,
        thermal_made=_levels(restored, thermal),
        radiometric_made=None if thermal is None else thermal.radiometric_made,
        mask=None if thermal is None else thermal.mask,
        image_info=full_info if restored.full_size else info,
        camera_info=info,
        skew_ns=frame_set.skew_ns,
        thermal_age_ns=frame_set.thermal_age_ns,
        thermal_frozen=isinstance(frame, ThermalFrame) and frame.frozen,
        waited_ns=frame_set.waited_ns,
        reused=frame_set.reused,
        visible_stamp_ns=None if frame_set.visible is None else frame_set.visible.stamp_ns,
        thermal_stamp_ns=None if frame is None else frame.stamp_ns,
    )


def _levels(restored: Restored, thermal: RegisteredThermal | None) -> Deferred[UInt8] | None:
    if restored.thermal_registered is not None:
        return Deferred.ready(restored.thermal_registered)
    return None if thermal is None else thermal.levels_made
