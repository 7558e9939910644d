"""Scores of the registration: how far the thermal image lies from where it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.displacement import Displacement

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

IN_STEP_MS = 5.0
"""Pairs nearer than this in true time show geometry, not motion."""
_KEPT_FRAMES = 4096


@dataclass(frozen=True, eq=False)
class _Measured:
    visible_stamp_ns: int
    thermal_stamp_ns: int
    displacement: Displacement
    expected: Float64 | None


class RegistrationScore:
    """Gathers displacements over a drive; of a very long one, evenly chosen frames."""

    def __init__(self) -> None:
        self._kept: list[_Measured] = []
        self._stride = 1
        self._seen = 0

    def wants_next(self) -> bool:
        """Tell whether the next frame is to be measured; to be asked once for each frame."""
        self._seen += 1
        return (self._seen - 1) % self._stride == 0

    def add(
        self,
        visible_stamp_ns: int,
        thermal_stamp_ns: int,
        measured: Displacement,
        expected: Float64 | None = None,
    ) -> None:
        """Take a frame's displacements, pixels of the output.

        expected: float64 [N, 2], what of them parallax explains; NaN where that isn't known.
        """
        self._kept.append(_Measured(visible_stamp_ns, thermal_stamp_ns, measured, expected))
        if len(self._kept) >= _KEPT_FRAMES:
            self._kept = self._kept[::2]
            self._stride *= 2

    def scores(self, true_skews_ns: Callable[[Int64, Int64], Float64]) -> dict[str, Any] | None:
        """Return the figures for the report, pixels; None where nothing was measured.

        true_skews_ns: gives the true skews of pairs by the stamps of their two frames.
        """
        if not any(measured.displacement.tried for measured in self._kept):
            return None
        skews = true_skews_ns(
            np.array([measured.visible_stamp_ns for measured in self._kept], np.int64),
            np.array([measured.thermal_stamp_ns for measured in self._kept], np.int64),
        )
        near = np.abs(skews) <= IN_STEP_MS * 1e6
        in_step = [m for m, is_near in zip(self._kept, near.tolist(), strict=True) if is_near]
        return {
            'all': _summary(self._kept),
            'in_step': {'within_ms': IN_STEP_MS, **_summary(in_step)},
            'without_parallax': _unexplained(in_step),
        }


def _unexplained(kept: list[_Measured]) -> dict[str, Any] | None:
    """Return what parallax leaves of the displacements; None where it is known of none."""
    left = [
        np.hypot(*(m.displacement.vectors - m.expected).T) for m in kept if m.expected is not None
    ]
    lengths = np.concatenate([np.zeros(0), *left])
    known = lengths[np.isfinite(lengths)]
    return _spread(known) if len(known) else None


def _summary(kept: list[_Measured]) -> dict[str, Any]:
    lengths = np.concatenate([np.zeros(0)] + [m.displacement.lengths for m in kept])
    tried = sum(m.displacement.tried for m in kept)
    found = round(len(lengths) / tried, 3) if tried else None
    return {'frames': len(kept), 'found': found, **_spread(lengths)}


def _spread(lengths: Float64) -> dict[str, Any]:
    median, p95 = np.percentile(lengths, (50, 95)).tolist() if len(lengths) else (None, None)
    return {
        'points': len(lengths),
        'median_px': None if median is None else round(median, 3),
        'p95_px': None if p95 is None else round(p95, 3),
    }
