"""Scores of what changes from frame to frame although nothing does in the scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.flicker import flicker
from nitedr_ros.replay.compared import Compared, Mean

Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

# Every second pixel each way is plenty for a mean.
_STEP = 2
_FEWEST_PIXELS = 100


class FlickerScore:
    """Mean over consecutive outputs of the change of luma that the truth doesn't explain."""

    def __init__(self) -> None:
        self._before: dict[str, Compared] = {}
        self._means: dict[str, Mean] = {}

    def add(self, images: Mapping[str, Compared]) -> None:
        """Take the next output's images, by name."""
        for name, after in images.items():
            before = self._before.get(name)
            if before is None or before.luma.shape != after.luma.shape:
                continue
            change = flicker(
                after.of(before.luma),
                after.of(after.luma),
                after.of(before.true_luma),
                after.of(after.true_luma),
            )
            self._means.setdefault(name, Mean()).add(change)
        self._before = dict(images)

    def interrupt(self) -> None:
        """Forget the last output: the next one doesn't follow it."""
        self._before = {}

    def scores(self) -> dict[str, Any] | None:
        """Return grey levels by name of the image; None without two outputs in a row."""
        return {
            name: {'steps': mean.count, 'grey_levels': mean.rounded(3)}
            for name, mean in self._means.items()
        } or None


@dataclass(frozen=True, eq=False)
class _Thermal:
    stamp_ns: int
    levels: Float64
    true: Float64
    usable: npt.NDArray[np.bool_]


class ThermalFlickerScore:
    """Mean over thermal frames of the change of mean brightness that the truth doesn't explain.

    The truth's temperatures are brought to grey levels by the straight line that fits the frame,
    where it is neither black nor white: what is left is the display range that moves.
    """

    def __init__(self) -> None:
        self._before: _Thermal | None = None
        self._mean = Mean()

    def add(
        self, stamp_ns: int, levels: UInt8, true: npt.NDArray[Any], usable: npt.NDArray[np.bool_]
    ) -> None:
        """Take the next output's thermal image.

        stamp_ns: of the thermal frame; one that served the output before too is passed over.
        levels: uint8 [h, w]. true: real [h, w], the true temperatures in any unit. usable: bool
        [h, w], where both show something.
        """
        before = self._before
        if before is not None and before.stamp_ns == stamp_ns:
            return
        thinned = np.s_[::_STEP, ::_STEP]
        grey = levels[thinned].astype(np.float64)
        seen = usable[thinned] & (grey > 0) & (grey < 255)
        after = _Thermal(stamp_ns, grey, true[thinned].astype(np.float64), seen)
        self._before = after
        if before is None or before.levels.shape != after.levels.shape:
            return
        both = before.usable & after.usable
        if np.count_nonzero(both) < _FEWEST_PIXELS:
            return
        true_change = float(np.mean(after.true[both] - before.true[both]))
        change = float(np.mean(after.levels[both] - before.levels[both]))
        gain = _slope(after.true[both], after.levels[both])
        self._mean.add(abs(change - gain * true_change))

    def interrupt(self) -> None:
        """Forget the last frame: the next one doesn't follow it."""
        self._before = None

    def scores(self) -> dict[str, Any] | None:
        """Return the figures for the report, grey levels; None without two thermal frames."""
        mean = self._mean
        if not mean.count:
            return None
        return {
            'steps': mean.count,
            'grey_levels': mean.rounded(3),
            'largest': round(mean.largest, 3),
        }


def _slope(x: Float64, y: Float64) -> float:
    """Return the slope of the straight line through the points, by least squares."""
    centred = x - x.mean()
    spread = float(centred @ centred)
    return float(centred @ (y - y.mean())) / spread if spread > 0.0 else 0.0
