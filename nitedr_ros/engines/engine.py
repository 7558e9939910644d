"""The interface of all engines, and what those that run a network share."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.model import Model

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Inference:
    """What an engine made of one pair.

    fused, derained: uint8 [H, W, 3] RGB in the visible camera's pixels, owned by the caller.
    seconds: time spent in the runtime, without padding and cropping.
    """

    fused: Image
    derained: Image
    seconds: float


@dataclass(frozen=True)
class EngineInfo:
    """Which engine runs which model, as it stands in reports and diagnostics."""

    engine: str
    precision: str
    runtime: str
    model: str
    model_version: str
    model_sha256: str


class Engine(ABC):
    """Runs CleanNet→FusionNet on one pair at a time; the same input gives the same output.

    Not safe to call from two threads at once.
    """

    @property
    @abstractmethod
    def info(self) -> EngineInfo:
        """Which engine, precision, runtime version and model this is."""

    @abstractmethod
    def warm_up(self, height: int, width: int) -> None:
        """Prepare for visible images of this size in pixels, so that the first frame is not late.

        Raises EngineError where the size can't be run.
        """

    @abstractmethod
    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair.

        visible: uint8 [H, W, 3] RGB. thermal: uint8 [H, W], registered to the visible image.
        Raises EngineError where the runtime fails or the sizes differ.
        """


class NetworkEngine(Engine):
    """What engines that run a model's graph share: sizes are checked, padded and cropped here."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @abstractmethod
    def _run(self, visible: Image, thermal: Image) -> tuple[Image, Image]:
        """Run the graph on [1, H, W, 3] and [1, H, W]; return `fused` and `derained`."""

    def warm_up(self, height: int, width: int) -> None:
        """Run one black pair of this size."""
        self.infer(np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair; sizes that the graph doesn't take are padded by reflection.

        Raises EngineError, besides, for an image that is larger than the graph takes.
        """
        height, width = visible.shape[:2]
        if visible.shape != (height, width, 3) or thermal.shape != (height, width):
            # A programming error of the caller, not of the user: no EngineError.
            raise ValueError(
                f'expected visible [H, W, 3] and thermal [H, W] of one size, '
                f'got {visible.shape} and {thermal.shape}'
            )
        padded = self.model.padded(height, width)
        bottom, right = padded[0] - height, padded[1] - width
        if bottom or right:
            border = (0, bottom, 0, right, cv2.BORDER_REFLECT_101)
            visible = np.asarray(cv2.copyMakeBorder(visible, *border), np.uint8)
            thermal = np.asarray(cv2.copyMakeBorder(thermal, *border), np.uint8)
        start = time.perf_counter()
        fused, derained = self._run(
            np.ascontiguousarray(visible)[None], np.ascontiguousarray(thermal)[None]
        )
        seconds = time.perf_counter() - start
        return Inference(
            np.ascontiguousarray(fused[0, :height, :width]),
            np.ascontiguousarray(derained[0, :height, :width]),
            seconds,
        )
