"""Engines whose graph takes images as the cameras give them: see `CameraFrames`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import Engine, FramesInference, Image, Inference
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError


class FramesEngine(Engine):
    """Undistorts, registers, de-rains and fuses in one go; outputs have the model's size."""

    def __init__(self, model: Model) -> None:
        """Raises EngineError for a model that takes pairs of one view."""
        if model.camera_frames is None or model.size is None:
            raise EngineError(
                f'expected a model with camera_frames, {model.name} has none: '
                'nitedr export --camera-visible --camera-thermal makes one'
            )
        self.model = model
        self.size: tuple[int, int] = model.size
        self._frames = model.camera_frames
        self._inputs = _Inputs(self._frames, self.size)

    @property
    def camera_frames(self) -> CameraFrames:
        """What the graph takes."""
        return self._frames

    def warm_up(self, height: int, width: int) -> None:
        """Prepare; height, width: of the outputs, pixels.

        Raises EngineError where that is not the model's size.
        """
        if (height, width) != self.size:
            raise EngineError(
                f'model {self.model.name} gives images of {self.size[1]}x{self.size[0]}, the '
                f'outputs are to have {width}x{height}: set geometry.processing_size, or export '
                'another'
            )
        self._made_of(blank_pair(self._frames, self.size))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """Raise EngineError: pairs of one view are not what it takes."""
        raise EngineError(
            f'model {self.model.name} takes images as the cameras give them, got a pair of one '
            f'view, {visible.shape} and {thermal.shape}: choose a model without camera_frames'
        )

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        """Do all that is to be done with a pair."""
        outputs, stages, seconds = self._made_of(pair)
        registered = None if pair.thermal is None else outputs['thermal_registered'][0]
        return FramesInference(
            outputs['fused'][0], outputs['derained'][0], seconds, stages, registered
        )

    def _made_of(self, pair: CameraPair) -> tuple[dict[str, Image], Mapping[str, float], float]:
        try:
            return self._run(self._inputs.of(pair))
        except EngineError:
            # Which of the maps have arrived is not known.
            self._inputs.forget()
            raise

    @abstractmethod
    def _run(
        self, inputs: Mapping[str, npt.NDArray[Any]]
    ) -> tuple[dict[str, Image], Mapping[str, float], float]:
        """Run the graph; return outputs, owned by the caller, seconds by stage, and in all.

        inputs: those that are not what they were in the call before, by name; all in the first.
        """


def graph_inputs(pair: CameraPair, frames: CameraFrames) -> dict[str, npt.NDArray[Any]]:
    """Return all inputs of a graph of camera frames for a pair, by name."""
    _, height, width, _ = pair.visible_grid.shape
    return _Inputs(frames, (height, width)).of(pair)


class _Inputs:
    """Makes the graph's inputs of pairs, and leaves out those that are the same as before."""

    def __init__(self, frames: CameraFrames, size: tuple[int, int]) -> None:
        self._frames = frames
        self._ones = np.ones((1, *size), np.float32)
        self._no_grid = np.zeros((1, *size, 2), np.float32)
        self._no_thermal = np.zeros(frames.thermal.shape, np.uint8)
        self._before: dict[str, object] = {}

    def forget(self) -> None:
        """Leave nothing out the next time."""
        self._before = {}

    def of(self, pair: CameraPair) -> dict[str, npt.NDArray[Any]]:
        weight = self._ones if pair.thermal_weight is None else pair.thermal_weight[None]
        grid = self._no_grid if pair.thermal_grid is None else pair.thermal_grid
        inputs: dict[str, tuple[object, npt.NDArray[Any]]] = {
            'visible_grid': (pair.visible_grid, pair.visible_grid),
            'thermal_grid': (grid, grid),
            'thermal_weight': (pair.thermal_weight, weight),
            'thermal_range': (pair.thermal_range, np.array(pair.thermal_range, np.float32)),
            'thermal_present': (
                pair.thermal is not None,
                np.array([pair.thermal is not None], np.float32),
            ),
        }
        # By identity: comparing maps would take longer than copying them.
        changed = {
            name: array
            for name, (token, array) in inputs.items()
            if name not in self._before or self._before[name] is not token
        }
        self._before = {name: token for name, (token, _) in inputs.items()}
        images = {
            'visible': pair.visible,
            'thermal': self._no_thermal if pair.thermal is None else pair.thermal,
        }
        return {**images, **changed}


def blank_pair(frames: CameraFrames, size: tuple[int, int]) -> CameraPair:
    """Return a black pair, to warm up with; size: height and width of the outputs, pixels."""
    grid = np.zeros((1, *size, 2), np.float32)
    return CameraPair(
        np.zeros(frames.visible.shape, np.uint8),
        np.zeros(frames.thermal.shape, np.uint8),
        grid,
        grid,
        (1.0, 0.0),
        None,
    )
