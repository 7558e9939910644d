"""What the pipeline delivers for one frame set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.pipeline.modes import Mode

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Output:
    """The images of one moment, and what a detector must know to weigh them.

    stamp_ns, frame_id: of the visible frame; of the thermal frame in thermal-only mode.
    mode, reason: the degrade mode, and why in words; '' in full mode.
    stages: what ran, in order, among 'clean', 'fuse'.
    fused: uint8 [H, W, 3] RGB. derained: the same, None in thermal-only mode.
    thermal_registered: uint8 [H, W] in the visible camera's pixels, None where none was there.
    skew_ns: thermal stamp minus visible stamp after offsets, None without a pair.
    thermal_age_ns: how long before this output the thermal frame had arrived, None without one.
    waited_ns: how long the visible frame waited for its partner.
    reused: the thermal frame served an earlier visible frame too.
    """

    stamp_ns: int
    frame_id: str
    mode: Mode
    reason: str
    stages: tuple[str, ...]
    fused: UInt8
    derained: UInt8 | None
    thermal_registered: UInt8 | None
    skew_ns: int | None
    thermal_age_ns: int | None
    waited_ns: int
    reused: bool
