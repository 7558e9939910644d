"""Follows a scene with the range that is shown, so that the picture stays steady."""

from __future__ import annotations

import math

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.thermal.scene import Scene
from nitedr_ros.thermal.window import Window

# A hot or cold thing up to this part of the image doesn't change the rest of the picture.
_LARGEST_BEYOND = 0.2
# Where more of the image lies beyond the range, there is little to keep steady.
_LOST = 0.5
_HASTE = 4.0
# Of the range shown. A hot thing that covers the coldest eighth of the image moves both ends of
# the range by as much as this, but not the median; one between two halves only the median.
_LARGEST_SHIFT = 0.15
_SMALLEST_USE = 1.0 / 3.0
# Of the range shown: so close to the scene that it has arrived.
_ARRIVED = 0.02
# One frame after a gap may change the picture as much as after this time, and no more: at the
# default rate, that keeps it below one grey level.
_LONGEST_STEP_NS = 150_000_000


class WindowTracker:
    """The range shown of one camera; the package says how it follows."""

    def __init__(self, config: ThermalConfig) -> None:
        """Start without a range: the first scene sets it."""
        self.reconfigure(config)
        self._following = False
        self._collapsed_ns: int | None = None
        self._median = 0.0
        self.window: Window | None = None

    def reconfigure(self, config: ThermalConfig) -> None:
        """Go on from the range shown, at the pace of another configuration."""
        self._smoothing_ns = config.smoothing_ms * 1e6
        self._levels_per_ns = config.max_change_per_s / 1e9

    def follow(self, scene: Scene, elapsed_ns: int) -> Window:
        """Return the range with which to show a scene, `elapsed_ns` after the one before."""
        shown = self.window
        if shown is None:
            self.window, self._median = scene.window, scene.median
            return self.window
        beyond = scene.beyond(shown)
        collapsed = self._stays_collapsed(scene, shown, elapsed_ns)
        if beyond > _LARGEST_BEYOND or collapsed or self._shifted(scene, shown):
            self._following = True
        elif _close(shown, scene.window):
            self._following = False
        weight = self._weight(elapsed_ns)
        self._median += weight * (scene.median - self._median)
        if self._following:
            haste = _HASTE if beyond > _LOST else 1.0
            moved = shown.towards(scene.window, self._weight(elapsed_ns * haste))
        else:
            levels = self._levels_per_ns * min(elapsed_ns, _LONGEST_STEP_NS)
            moved = shown.at_most(shown.towards(scene.window, weight), levels)
        self.window = moved
        return moved

    def _stays_collapsed(self, scene: Scene, shown: Window, elapsed_ns: int) -> bool:
        """Say whether the scene has used a small part of the range for long."""
        if scene.window.span >= _SMALLEST_USE * shown.span:
            self._collapsed_ns = None
            return False
        self._collapsed_ns = 0 if self._collapsed_ns is None else self._collapsed_ns + elapsed_ns
        return self._collapsed_ns >= self._smoothing_ns

    def _shifted(self, scene: Scene, shown: Window) -> bool:
        """Say whether the scene as a whole has become warmer, or colder."""
        shifts = (
            scene.window.low - shown.low,
            scene.median - self._median,
            scene.window.high - shown.high,
        )
        limit = _LARGEST_SHIFT * shown.span
        return min(shifts) > limit or max(shifts) < -limit

    def _weight(self, elapsed_ns: float) -> float:
        if self._smoothing_ns == 0.0:
            return 1.0
        return -math.expm1(-elapsed_ns / self._smoothing_ns)


def _close(shown: Window, wanted: Window) -> bool:
    near = _ARRIVED * shown.span
    return abs(wanted.low - shown.low) <= near and abs(wanted.high - shown.high) <= near
