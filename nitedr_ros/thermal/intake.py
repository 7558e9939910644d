"""Thermal frames of any depth as 8-bit images whose brightness doesn't flicker."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.frames.convert import to_single_channel
from nitedr_ros.thermal.window import Window, percentile_window

if TYPE_CHECKING:
    from nitedr_ros.config.schema import ThermalConfig
    from nitedr_ros.frames.frame import Frame


class ThermalIntake:
    """Turns the frames of one thermal camera into 8-bit images, bright where it is warm.

    8-bit images are taken as the camera made them. Of 16-bit and float images, the range between
    two percentiles of the scene becomes black to white; that range follows the scene with a first
    order lag (`smoothing_ms`, in time of the stamps), so that one hot thing that comes into view
    doesn't make the picture jump. A stamp that runs back, or another depth, starts anew.
    """

    def __init__(self, config: ThermalConfig) -> None:
        """Start without a range: the first frame sets it."""
        self._config = config
        self._window: Window | None = None
        self._stamp_ns = 0
        self._dtype: np.dtype[Any] | None = None

    def to_mono8(self, frame: Frame) -> npt.NDArray[np.uint8]:
        """Return the frame as contiguous uint8 [H, W], warm things bright.

        An 8-bit frame may come back sharing its own (maybe read-only) memory. NaN becomes the
        coldest value. A scene without contrast becomes mid grey.
        Raises FrameError if no sample is finite; the range is then left as it was.
        """
        image = to_single_channel(frame)
        if image.dtype == np.uint8:
            mono: npt.NDArray[np.uint8] = np.ascontiguousarray(image)
        else:
            mono = self._follow(image, frame.stamp_ns).apply(image)
        return mono if self._config.white_hot else np.bitwise_not(mono)

    def _follow(self, image: npt.NDArray[Any], stamp_ns: int) -> Window:
        target = percentile_window(
            image, self._config.low_percentile, self._config.high_percentile
        )
        previous = self._window
        if previous is None or image.dtype != self._dtype or stamp_ns < self._stamp_ns:
            window = target
        else:
            window = previous.towards(target, self._weight(stamp_ns - self._stamp_ns))
        self._window, self._stamp_ns, self._dtype = window, stamp_ns, image.dtype
        return window

    def _weight(self, elapsed_ns: int) -> float:
        if self._config.smoothing_ms == 0.0:
            return 1.0
        return -math.expm1(-elapsed_ns / (self._config.smoothing_ms * 1e6))
