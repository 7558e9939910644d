"""One aligned still pair, de-rained and fused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import FrameError, InputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.image_file import read_image_file
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.registration import Registration
from nitedr_ros.thermal.intake import ThermalIntake

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class StillPair:
    """A visible and a thermal image file with the same stem."""

    stem: str
    visible: Path
    thermal: Path


@dataclass(frozen=True, eq=False)
class RestoredStill:
    """A pair and what the engine made of it, all in the output view and of one size.

    visible (the rainy input), derained, fused: uint8 [h, w, 3] RGB. thermal: uint8 [h, w], bright
    where it is warm. target: uint8 [h, w, 3] RGB, the clean image, None where none was given.
    seconds: time of inference.
    """

    visible: UInt8
    thermal: UInt8
    derained: UInt8
    fused: UInt8
    target: UInt8 | None
    seconds: float


class StillRestorer:
    """De-rains and fuses pairs of image files; `clock` knows how long inference took.

    warm_up: has the engine prepared for each new size before its time is taken.
    """

    def __init__(self, config: Config, engine: Engine, *, warm_up: bool = False) -> None:
        self.clock = StageClock()
        self._config = config
        self._engine = engine
        self._registration = Registration(config)
        self._warm_up = warm_up
        self._size: tuple[int, int] | None = None

    def restore(self, pair: StillPair, target: Path | None = None) -> RestoredStill:
        """Return the pictures of a pair, and its clean image beside them.

        Raises InputError and FrameError where an image can't be read or registered, or the target
        has another size than the visible image.
        """
        rgb = to_rgb8(read_image_file(pair.visible, 'visible', colour=True))
        clean = None if target is None else _read_target(target, rgb)
        # A new intake for each: stills have no past that a range could follow.
        frame = ThermalIntake(self._config.thermal).take(
            read_image_file(pair.thermal, 'thermal', colour=False)
        )
        view = self._registration.view_visible(*rgb.shape[:2])
        thermal = self._registration.register(frame)
        if thermal is None:
            raise FrameError(f'{pair.stem}: {self._registration.problem}')
        visible = view.apply(rgb)
        if self._warm_up and visible.shape[:2] != self._size:
            self._engine.warm_up(*visible.shape[:2])
            self._size = visible.shape[:2]
        inference = self._engine.infer(visible, thermal.levels)
        self.clock.add('infer', inference.seconds)
        fused = thermal.limit(inference.fused, inference.derained)
        if self._config.geometry.full_size_output:
            # Files come without camera_info, so the view at full size is the image itself.
            return RestoredStill(
                rgb,
                view.enlarge(thermal.levels),
                view.enlarge(inference.derained),
                view.enlarge(fused),
                clean,
                inference.seconds,
            )
        return RestoredStill(
            visible,
            thermal.levels,
            inference.derained,
            fused,
            None if clean is None else view.apply(clean),
            inference.seconds,
        )


def _read_target(path: Path, visible: UInt8) -> UInt8:
    clean = to_rgb8(read_image_file(path, 'visible', colour=True))
    if clean.shape != visible.shape:
        raise InputError(
            f'expected {path} to have the size of the visible image, '
            f'{visible.shape[1]}x{visible.shape[0]}, got {clean.shape[1]}x{clean.shape[0]}'
        )
    return clean
