"""Scores of the pairing by the times at which the frames were really exposed."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.pairing.sensor import Sensor

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

_NS_PER_MS = 1e6


class _TrueTimes:
    """Stamp and true time of each frame of one camera, nanoseconds."""

    def __init__(self) -> None:
        self._stamps, self._times = array('q'), array('q')

    def add(self, stamp_ns: int, true_ns: int) -> None:
        self._stamps.append(stamp_ns)
        self._times.append(true_ns)

    @property
    def offset_ns(self) -> float | None:
        """By how much the stamps run ahead of the true times, on the mean."""
        if not self._stamps:
            return None
        return float(np.mean(np.array(self._stamps, np.int64) - np.array(self._times, np.int64)))

    def sorted(self) -> Int64:
        """Return the true times in order."""
        return np.sort(np.array(self._times, np.int64))

    def of(self, stamps: Int64) -> tuple[Int64, npt.NDArray[np.bool_]]:
        """Return the true times of frames by their stamps, and which of them are known.

        Of frames with one stamp, the first is meant: the others are not used.
        """
        if not self._stamps:
            return np.zeros(len(stamps), np.int64), np.zeros(len(stamps), bool)
        known, first = np.unique(np.array(self._stamps, np.int64), return_index=True)
        place = np.minimum(np.searchsorted(known, stamps), len(known) - 1)
        times = np.array(self._times, np.int64)[first][place]
        return times, np.asarray(known[place] == stamps)


class PairingScore:
    """Compares the pairs that were made with the best that were possible.

    Keeps a few numbers for each frame of the drive, so that the order of messages is no matter.
    """

    def __init__(self) -> None:
        self._times = {sensor: _TrueTimes() for sensor in Sensor}
        self._visible, self._thermal, self._skews = array('q'), array('q'), array('q')

    def add_time(self, sensor: Sensor, stamp_ns: int, true_ns: int) -> None:
        """Note when a frame was really exposed; both in nanoseconds."""
        self._times[sensor].add(stamp_ns, true_ns)

    def add_pair(self, visible_stamp_ns: int, thermal_stamp_ns: int, skew_ns: int) -> None:
        """Note a pair: stamps of the cameras, and the skew after offsets, nanoseconds."""
        self._visible.append(visible_stamp_ns)
        self._thermal.append(thermal_stamp_ns)
        self._skews.append(skew_ns)

    def true_skews_ns(self, visible_stamps: Int64, thermal_stamps: Int64) -> Float64:
        """Return true thermal minus true visible time of pairs, float64; NaN where not known."""
        visible, known_visible = self._times[Sensor.VISIBLE].of(visible_stamps)
        thermal, known_thermal = self._times[Sensor.THERMAL].of(thermal_stamps)
        return np.where(known_visible & known_thermal, thermal - visible, np.nan)

    def scores(self) -> dict[str, Any] | None:
        """Return the figures for the report, milliseconds; None where no pair can be judged.

        clock_offset_ms: by how much thermal stamps run ahead of visible ones for frames of one
        true moment; corrected_clock_offset_ms: what the configured offsets leave of that.
        """
        visible = np.array(self._visible, np.int64)
        skews = self.true_skews_ns(visible, np.array(self._thermal, np.int64))
        known = np.isfinite(skews)
        if not known.any():
            return None
        times, _ = self._times[Sensor.VISIBLE].of(visible[known])
        best = _distance_to_nearest(times, self._times[Sensor.THERMAL].sorted())
        actual = np.abs(skews[known])
        stated = np.array(self._skews, np.float64)[known]
        ahead, behind = (self._times[s].offset_ns for s in (Sensor.THERMAL, Sensor.VISIBLE))
        return {
            'pairs': len(actual),
            'true_skew_ms': _mean_and_max(actual),
            'best_possible_ms': _mean_and_max(best),
            'not_nearest': int(np.count_nonzero(actual > best)),
            'clock_offset_ms': _in_ms((ahead or 0.0) - (behind or 0.0)),
            'corrected_clock_offset_ms': _in_ms(float(np.mean(stated - skews[known]))),
        }


def _distance_to_nearest(times: Int64, candidates: Int64) -> Float64:
    """Return how far the nearest of the sorted candidates is from each time, float64."""
    after = np.searchsorted(candidates, times)
    right = candidates[np.minimum(after, len(candidates) - 1)]
    left = candidates[np.maximum(after - 1, 0)]
    distances = np.minimum(np.abs(right - times), np.abs(times - left))
    return np.asarray(distances, np.float64)


def _in_ms(nanoseconds: float) -> float:
    return round(nanoseconds / _NS_PER_MS, 3)


def _mean_and_max(values: Float64) -> dict[str, float]:
    return {'mean': _in_ms(float(values.mean())), 'max': _in_ms(float(values.max()))}
