"""Takes in the frames of one thermal camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.frames.convert import to_single_channel
from nitedr_ros.thermal.crop import without_telemetry
from nitedr_ros.thermal.dead_pixels import without_dead_pixels
from nitedr_ros.thermal.scene import Scene
from nitedr_ros.thermal.shutter import Shutter
from nitedr_ros.thermal.stillness import Stillness
from nitedr_ros.thermal.thermal_frame import ThermalFrame
from nitedr_ros.thermal.window import Window
from nitedr_ros.thermal.window_tracker import WindowTracker

if TYPE_CHECKING:
    from nitedr_ros.config.schema import ThermalConfig
    from nitedr_ros.frames.frame import Frame

# Frames may overtake each other; a clock that runs back by more is that of another recording.
_CLOCK_JUMP_NS = 1_000_000_000


class ThermalIntake:
    """Turns the frames of one thermal camera into repaired, steady and watched ones.

    Each result depends on the images and stamps taken so far and on nothing else, so a replay
    gives what the camera gave. A stamp that runs back by up to a second lets no time pass; by
    more, or with another depth, all starts anew.
    """

    def __init__(self, config: ThermalConfig) -> None:
        """Start without a past: the first frame sets the range that is shown."""
        self._config = config
        self._latest_ns: int | None = None
        self._dtype: np.dtype[Any] | None = None
        self._start_anew()

    def reconfigure(self, config: ThermalConfig) -> None:
        """Go on under another configuration; only with other rows cut off all starts anew."""
        before, self._config = self._config, config
        if _crop(config) == _crop(before):
            self._tracker.reconfigure(config)
        else:
            self._latest_ns = None

    def take(self, frame: Frame) -> ThermalFrame:
        """Return the frame without telemetry and dead pixels, in 8 bit, and how long it stands.

        8-bit levels are the camera's own, of deeper images those of the range that is shown. In
        `levels`, NaN is the coldest, and a scene without contrast mid grey. Colour becomes grey.
        Raises FrameError: nothing left between the telemetry rows, or no sample finite; all is
        then as if the frame had not come.
        """
        config = self._config
        image = without_telemetry(to_single_channel(frame), config)
        scene = Scene(image, config.low_percentile, config.high_percentile)
        elapsed_ns = self._elapsed(frame.stamp_ns, image.dtype)
        frozen_ns = self._stillness.see(image, elapsed_ns)
        frozen = 0 < config.frozen_after_ms * 1e6 <= frozen_ns
        shown, closed_ns = self._tracker.window, None
        if shown is not None:
            closed_ns = self._shutter.see(scene, shown, elapsed_ns)
        if shown is None or closed_ns is None:
            shown = self._tracker.follow(scene, elapsed_ns)
        else:
            frozen_ns, frozen = max(frozen_ns, closed_ns), config.frozen_after_ms > 0
        image = without_dead_pixels(image, scene.window)
        is_byte = image.dtype == np.uint8
        levels = np.ascontiguousarray(image) if is_byte else shown.apply(image)
        return ThermalFrame(
            stamp_ns=frame.stamp_ns,
            frame_id=frame.frame_id,
            encoding='mono8' if is_byte else frame.encoding,
            data=image,
            height=image.shape[0],
            width=image.shape[1],
            levels=levels if config.white_hot else _inverted(levels, image),
            frozen_ns=frozen_ns,
            frozen=frozen,
            crop=_crop(config),
            range=_range(Window(0.0, 255.0) if is_byte else shown, white_hot=config.white_hot),
        )

    def _start_anew(self) -> None:
        self._tracker = WindowTracker(self._config)
        self._shutter = Shutter()
        self._stillness = Stillness()

    def _elapsed(self, stamp_ns: int, dtype: np.dtype[Any]) -> int:
        """Return the time since the frame before, ns; 0 where this one starts anew."""
        latest_ns = self._latest_ns
        if latest_ns is None or dtype != self._dtype or stamp_ns < latest_ns - _CLOCK_JUMP_NS:
            self._start_anew()
            latest_ns = stamp_ns
        self._latest_ns, self._dtype = max(latest_ns, stamp_ns), dtype
        return self._latest_ns - latest_ns


def _crop(config: ThermalConfig) -> tuple[int, int]:
    return config.crop_top, config.crop_bottom


def _range(shown: Window, *, white_hot: bool) -> tuple[float, float]:
    gain = 255.0 / shown.span
    offset = -shown.low * gain
    return (gain, offset) if white_hot else (-gain, 255.0 - offset)


def _inverted(levels: npt.NDArray[np.uint8], image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    inverted = np.bitwise_not(levels)
    if image.dtype == np.float32:
        inverted[np.isnan(image)] = 0
    return inverted
