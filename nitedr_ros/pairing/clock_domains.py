"""Tells whether the two cameras stamp their frames by clocks of different domains."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING

from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from nitedr_ros.config.schema import PairingConfig

_MS = 1_000_000
# Arrival time: long enough for several frames of a slow camera, short enough to tell soon.
_WINDOW_NS = 2_000 * _MS
_FEWEST_FRAMES = 5
# A clock that jumps within the window says nothing yet; nor does a link that stalls.
_STEADY_NS = 300 * _MS
# No camera takes this much longer than the other from exposure to arrival.
_SAME_DOMAIN_NS = 500 * _MS


class ClockDomains:
    """Compares how long each camera's frames seem to take from their stamps to their arrival.

    Where these times differ by more than half a second, steadily for both cameras, it is the
    clocks that differ. Needs at least 5 frames of each camera within 2 s of arrival time.
    """

    def __init__(self, config: PairingConfig) -> None:
        """Count the configured offsets as part of the stamps."""
        self._thermal_offset_ms = 0.0
        self._offset_ns = dict.fromkeys(Sensor, 0)
        self._lags: dict[Sensor, deque[tuple[int, int]]] = {sensor: deque() for sensor in Sensor}
        self._difference_ns: int | None = None
        self.reconfigure(config)

    def reconfigure(self, config: PairingConfig) -> None:
        """Go on under another configuration; where its offsets differ, from the start."""
        offset_ns = {
            Sensor.VISIBLE: round(config.visible_offset_ms * _MS),
            Sensor.THERMAL: round(config.thermal_offset_ms * _MS),
        }
        if offset_ns != self._offset_ns:
            self._thermal_offset_ms = config.thermal_offset_ms
            self._offset_ns = offset_ns
            self._difference_ns = None
            for lags in self._lags.values():
                lags.clear()

    def observe(self, sensor: Sensor, stamp_ns: int, arrival_ns: int) -> None:
        """Take note of a frame; arrival_ns counts on one steady clock for both cameras."""
        lags = self._lags[sensor]
        lags.append((arrival_ns, arrival_ns - stamp_ns - self._offset_ns[sensor]))
        while lags[0][0] < arrival_ns - _WINDOW_NS:
            lags.popleft()
        visible, thermal = (self._steady_lag(s) for s in (Sensor.VISIBLE, Sensor.THERMAL))
        if visible is not None and thermal is not None:
            difference = thermal - visible
            self._difference_ns = difference if abs(difference) > _SAME_DOMAIN_NS else None

    def _steady_lag(self, sensor: Sensor) -> int | None:
        lags = [lag for _, lag in self._lags[sensor]]
        if len(lags) < _FEWEST_FRAMES or max(lags) - min(lags) > _STEADY_NS:
            return None
        return round(median(lags))

    @property
    def difference_ns(self) -> int | None:
        """What must be added to thermal stamps, as matched so far, to fit the visible ones.

        None where the clocks agree to half a second, or where it can't be told. Exact to the
        difference of the cameras' latencies.
        """
        return self._difference_ns

    @property
    def advice(self) -> str:
        """One line for the user; '' where the clocks agree."""
        if self._difference_ns is None:
            return ''
        seconds = self._difference_ns / 1e9
        fitting = self._thermal_offset_ms + self._difference_ns / _MS
        side = 'behind' if seconds > 0 else 'ahead'
        return (
            f'the cameras stamp by different clocks, thermal is {abs(seconds):.3f} s {side}: '
            f'synchronise them, or set pairing.thermal_offset_ms: {fitting:.0f} '
            '(exact to the difference of their latencies)'
        )
