"""Tells a closed shutter from a scene: cameras close it now and then to calibrate themselves."""

from __future__ import annotations

from nitedr_ros.thermal.scene import Scene
from nitedr_ros.thermal.window import Window

# Of the range shown: what has more contrast is a scene.
_LARGEST_SHARE = 0.5
# Times the median difference between neighbours. White noise, from its 1st to its 99.5th
# percentile, has 5; columns that differ and noise that a filter has smoothed reach 9; a road at
# night has hundreds.
_NOISE_ALONE = 12.0
_CONTRAST = 16.0
# No camera calibrates for so long: fog, or something on the lens.
_LONGEST_NS = 5_000_000_000


class Shutter:
    """Watches for images that hold nothing but noise while the range shown is wider."""

    def __init__(self) -> None:
        self._flat_ns: int | None = None

    def see(self, scene: Scene, shown: Window, elapsed_ns: int) -> int | None:
        """Return how long the shutter has been closed, ns; None where it is open.

        shown: the range before this image. elapsed_ns: since the image before.
        After 5 s it is a scene without contrast rather than the shutter.
        """
        if not self._flat(scene, shown):
            self._flat_ns = None
            return None
        self._flat_ns = 0 if self._flat_ns is None else self._flat_ns + elapsed_ns
        return self._flat_ns if self._flat_ns < _LONGEST_NS else None

    def _flat(self, scene: Scene, shown: Window) -> bool:
        if scene.window.span >= _LARGEST_SHARE * shown.span:
            return False
        # Two thresholds, so that an image between them doesn't flicker between both answers.
        most = _NOISE_ALONE if self._flat_ns is None else _CONTRAST
        return scene.window.span <= most * scene.noise()
