"""Putting an output together from what became of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nitedr_ros.pipeline.output import Output, UInt8

if TYPE_CHECKING:
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.pairing.frame_set import FrameSet
    from nitedr_ros.pipeline.registration import RegisteredThermal
    from nitedr_ros.pipeline.restoration import Restored
    from nitedr_ros.thermal.thermal_frame import ThermalFrame


def assemble(
    frame_set: FrameSet,
    view: tuple[VisibleView, str] | None,
    visible: UInt8 | None,
    thermal: RegisteredThermal | None,
    restored: Restored,
) -> Output:
    """Return what goes out for a frame set, with stamp and optical frame of its main image.

    view: that all images are in, and the optical frame of the visible camera, which is theirs
    then; None before the first visible image. visible: uint8 [h, w, 3] RGB. Raises ValueError for
    a frame set without frames.
    """
    main = frame_set.visible or frame_set.thermal
    if main is None:
        raise ValueError('expected a frame set with at least one frame')
    # Only what went through the intake reaches the synchroniser as a thermal frame.
    frame = cast('ThermalFrame | None', frame_set.thermal)
    info = full_info = None
    if view is not None:
        info, full_info = view[0].camera_info, view[0].full_camera_info
    return Output(
        stamp_ns=main.stamp_ns,
        frame_id=main.frame_id if view is None else view[1],
        mode=restored.mode,
        reason=restored.reason,
        stages=restored.stages,
        fused=restored.fused,
        derained=restored.derained,
        visible=visible,
        thermal_registered=None if thermal is None else thermal.levels,
        radiometric=None if thermal is None else thermal.radiometric,
        mask=None if thermal is None else thermal.mask,
        image_info=full_info if restored.full_size else info,
        camera_info=info,
        skew_ns=frame_set.skew_ns,
        thermal_age_ns=frame_set.thermal_age_ns,
        thermal_frozen=frame is not None and frame.frozen,
        waited_ns=frame_set.waited_ns,
        reused=frame_set.reused,
        visible_stamp_ns=None if frame_set.visible is None else frame_set.visible.stamp_ns,
        thermal_stamp_ns=None if frame is None else frame.stamp_ns,
    )
