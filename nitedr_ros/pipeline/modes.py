"""Degrade modes: what is still delivered when a camera or the engine fails, and when it recovers.

The rules, first that applies:

1. No visible frame (the visible camera is lost): `thermal_only`; the thermal image goes out.
2. The engine is the pass-through engine, or it failed on this frame, or it failed
   `engine_failures` times in a row and `engine_retry` frames have not passed through since:
   `pass_through`; the visible image goes out as it came.
3. No thermal frame for this visible frame: `visible_only` at once; the de-rained image goes out,
   as the fused image too.
4. A thermal frame, but its picture has been the same for too long, as while the camera's shutter
   is closed for its own calibration: `thermal_frozen`; the same goes out. A shutter opens again
   within a second, so nothing is waited for then.
5. A thermal frame, but fewer than `recover_after` complete pairs in a row since the last frame
   without one: still `visible_only`, so that the picture does not flicker between two looks.
6. Otherwise `full`. The first pair of a recording is `full` at once: nothing was lost before it.
"""

from __future__ import annotations

from enum import Enum

from nitedr_ros.config.schema import ModesConfig


class Mode(Enum):
    """What an output frame was made from."""

    FULL = 'full'
    VISIBLE_ONLY = 'visible_only'
    THERMAL_ONLY = 'thermal_only'
    THERMAL_FROZEN = 'thermal_frozen'
    PASS_THROUGH = 'pass_through'  # noqa: S105 - not a password


class ModeRules:
    """Applies the rules above, frame after frame."""

    def __init__(self, config: ModesConfig) -> None:
        self._config = config
        self._complete_in_a_row = config.recover_after
        self._failures_in_a_row = 0
        self._passed_since_failure = 0

    def next_mode(self, *, visible: bool, thermal: bool, frozen: bool = False) -> tuple[Mode, str]:
        """Return the mode for the next frame set and the reason in words, '' for full mode."""
        if not visible:
            # Not a pair: what recovers is both cameras together.
            self._complete_in_a_row = 0
            return Mode.THERMAL_ONLY, 'visible camera lost'
        if thermal:
            self._complete_in_a_row += 1
        else:
            self._complete_in_a_row = 0
        if self._failures_in_a_row >= self._config.engine_failures:
            self._passed_since_failure += 1
            if self._passed_since_failure <= self._config.engine_retry:
                return Mode.PASS_THROUGH, 'engine failed repeatedly'
        if not thermal:
            return Mode.VISIBLE_ONLY, 'no thermal frame in time'
        if frozen:
            return Mode.THERMAL_FROZEN, 'thermal picture frozen'
        if self._complete_in_a_row < self._config.recover_after:
            return Mode.VISIBLE_ONLY, 'thermal camera recovering'
        return Mode.FULL, ''

    def reconfigure(self, config: ModesConfig) -> None:
        """Go on under other limits; what has recovered by the old ones stays recovered."""
        if self._complete_in_a_row >= self._config.recover_after:
            self._complete_in_a_row = max(self._complete_in_a_row, config.recover_after)
        self._config = config

    def engine_changed(self) -> None:
        """Forget the failures in a row: they were another engine's."""
        self._failures_in_a_row = self._passed_since_failure = 0

    def engine_succeeded(self) -> None:
        """Note that the engine ran on a frame."""
        self._failures_in_a_row = 0

    def engine_failed(self) -> None:
        """Note that the engine failed on a frame."""
        self._failures_in_a_row += 1
        self._passed_since_failure = 0
