"""A thermal frame that is ready for use: repaired, in 8 bit too, and known to move or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.frames.frame import Frame


@dataclass(frozen=True, eq=False)
class ThermalFrame(Frame):
    """A thermal image without telemetry rows and dead pixels, and what was found out about it.

    data: the camera's values, uint8, uint16 or float32 [H, W]; where there was nothing to repair
        or to cut off, the message's own (maybe read-only, maybe strided) memory.
    levels: the same picture in 8 bit, contiguous uint8 [H, W], bright where it is warm. An 8-bit
        image may share the memory of `data`.
    frozen_ns: how long the camera has delivered this very picture, or that of its closed shutter,
        by the stamps, nanoseconds; 0 where the picture is new.
    frozen: whether that is too long for a camera that merely repeats its frames.
    crop: rows cut off at the top and at the bottom of the camera's image.
    range: gain and offset: `levels` are values of `data` times gain plus offset, rounded and kept
        within 0 to 255.
    """

    levels: npt.NDArray[np.uint8]
    frozen_ns: int
    frozen: bool
    crop: tuple[int, int] = (0, 0)
    range: tuple[float, float] = (1.0, 0.0)
