"""The interface of all engines, and what those that run a network share."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError

if TYPE_CHECKING:
    from nitedr_ros.engines.camera_frames import CameraFrames
    from nitedr_ros.engines.camera_pair import CameraPair

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Inference:
    """What an engine made of one pair.

    fused, derained: uint8 [H, W, 3] RGB in the visible camera's pixels, owned by the caller.
    seconds: time spent in the runtime, without padding and cropping; of a pipelined engine, from
    submission to the end of the copy out.
    stages: seconds by the name of the stage that they were spent in, such as `copy_in`, `infer`,
    `copy_out`; empty where the engine can't tell.
    """

    fused: Image
    derained: Image
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FramesInference(Inference):
    """What such an engine made of a pair.

    thermal_registered: uint8 [H, W], the thermal image in the output view; None without one.
    """

    thermal_registered: Image | None = None


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
    def builds_plans(self) -> bool:
        """Whether `warm_up` may take minutes, and compares with fp32 itself what it builds."""
        return False

    @property
    @abstractmethod
    def info(self) -> EngineInfo:
        """Which engine, precision, runtime version and model this is."""

    @property
    def gpu_bytes(self) -> int | None:
        """GPU memory that the engine holds, bytes; None without a GPU or where it can't tell."""
        return None

    @property
    def verdict(self) -> str:
        """How far it is from fp32, in words, where it compares itself; '' where not."""
        return ''

    @property
    def warning(self) -> str:
        """What the user should know of an engine that runs otherwise than asked; '' for none."""
        return ''

    @property
    def camera_frames(self) -> CameraFrames | None:
        """What `infer_frames` takes, of an engine that has it in place of `infer`; else None."""
        return None

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

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        """Do all that is to be done with images as the cameras give them.

        Raises EngineError where the runtime fails, and where `camera_frames` is None.
        """
        raise EngineError(
            f'{self.info.engine} takes pairs of one view, got camera images of '
            f'{pair.visible.shape}: choose a model with camera_frames'
        )


class PipelinedEngine(Engine):
    """An engine that takes a pair while it still works on those before.

    `infer` may be called only while nothing is submitted.
    """

    @property
    @abstractmethod
    def depth(self) -> int:
        """How many pairs may be submitted and not yet collected, at least 1."""

    @abstractmethod
    def submit(self, visible: Image, thermal: Image) -> None:
        """Take a pair, as of `infer`, and return without waiting for its result.

        The images may be changed as soon as this returns. Raises ValueError where `depth` pairs
        are submitted and not collected, EngineError as `infer` does.
        """

    @abstractmethod
    def collect(self) -> Inference:
        """Wait for the oldest pair that is submitted and return what was made of it.

        Raises ValueError where nothing is submitted, EngineError where the runtime failed on that
        pair, which is then no longer counted as submitted.
        """


def padded_pair(model: Model, visible: Image, thermal: Image) -> tuple[Image, Image]:
    """Return a pair at a size that the model's graph takes, padded by reflection; contiguous.

    Raises EngineError for images that are larger than the graph takes.
    """
    height, width = visible.shape[:2]
    if visible.shape != (height, width, 3) or thermal.shape != (height, width):
        # A programming error of the caller, not of the user: no EngineError.
        raise ValueError(
            f'expected visible [H, W, 3] and thermal [H, W] of one size, '
            f'got {visible.shape} and {thermal.shape}'
        )
    padded = model.padded(height, width)
    bottom, right = padded[0] - height, padded[1] - width
    if bottom or right:
        border = (0, bottom, 0, right, cv2.BORDER_REFLECT_101)
        visible = np.asarray(cv2.copyMakeBorder(visible, *border), np.uint8)
        thermal = np.asarray(cv2.copyMakeBorder(thermal, *border), np.uint8)
    return np.ascontiguousarray(visible), np.ascontiguousarray(thermal)


class NetworkEngine(Engine):
    """What engines that run a model's graph share: sizes are checked, padded and cropped here.

    Raises EngineError for a model whose graph takes no pairs of one view.
    """

    def __init__(self, model: Model) -> None:
        self.model = model.for_pairs()
        self._stages: Mapping[str, float] = {}

    @abstractmethod
    def _run(self, visible: Image, thermal: Image) -> tuple[Image, Image]:
        """Run the graph on [1, H, W, 3] and [1, H, W]; return `fused` and `derained`.

        What can tell its stages puts a new mapping of their seconds into `_stages`.
        """

    def warm_up(self, height: int, width: int) -> None:
        """Run one black pair of this size."""
        self.infer(np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair; sizes that the graph doesn't take are padded by reflection.

        Raises EngineError, besides, for an image that is larger than the graph takes.
        """
        height, width = visible.shape[:2]
        visible, thermal = padded_pair(self.model, visible, thermal)
        start = time.perf_counter()
        fused, derained = self._run(visible[None], thermal[None])
        seconds = time.perf_counter() - start
        return Inference(
            np.ascontiguousarray(fused[0, :height, :width]),
            np.ascontiguousarray(derained[0, :height, :width]),
            seconds,
            self._stages,
        )
