"""The two images in which points are set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ImagePair:
    """A visible and a thermal image of one moment, at full size.

    visible: uint8 [H, W, 3] RGB. thermal: uint8 [h, w], bright where it is warm, telemetry rows
    cut off. rectified: which of them are, 'visible' and 'thermal'. source: where they come from,
    for people. notes: what to know, a sentence each.
    """

    visible: UInt8
    thermal: UInt8
    rectified: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()

    @property
    def visible_size(self) -> tuple[int, int]:
        """Width and height of the visible image, pixels."""
        return self.visible.shape[1], self.visible.shape[0]

    @property
    def thermal_size(self) -> tuple[int, int]:
        """Width and height of the thermal image, pixels."""
        return self.thermal.shape[1], self.thermal.shape[0]
