"""What the synchroniser hands on: a pair, or a frame that goes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame


@dataclass(frozen=True, eq=False)
class FrameSet:
    """A visible frame and the thermal frame that serves it; one of the two may be missing.

    skew_ns: stamp of thermal minus stamp of visible, both with their offsets; None without a pair.
    thermal_age_ns: from the arrival of the thermal frame to the decision; None without thermal.
    waited_ns: from the arrival of the visible frame to the decision (of the thermal frame, where
        it goes alone).
    reused: the thermal frame has served an earlier visible frame already.
    arrival_ns: when the visible frame arrived (the thermal one, where it goes alone).

    Times are on the arrival clock, which is the caller's as long as that never runs back. A
    decision at a deadline counts as made at that deadline, even if the synchroniser was next
    called some milliseconds after it.
    """

    visible: Frame | None
    thermal: Frame | None
    skew_ns: int | None
    thermal_age_ns: int | None
    waited_ns: int
    reused: bool
    arrival_ns: int
