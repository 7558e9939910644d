"""An engine with others behind it, for what shows only when the images' size is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.engines.frames_engine import CameraPair, FramesInference
from nitedr_ros.errors import EngineError


class Chosen(Protocol):
    """What choosing an engine comes to."""

    @property
    def engine(self) -> Engine:
        """The engine."""


Next = Callable[[], Chosen]
"""Chooses the next engine; raises EngineError where there is none."""


class StandbyEngine(Engine):
    """Runs an engine; where that can't be prepared for a size, the next one takes over for good.

    A failure on a single frame makes no difference: that is the pipeline's to deal with.
    """

    def __init__(self, engine: Engine, make_next: Next) -> None:
        self._engine, self._make_next = engine, make_next
        self._warning = ''

    @property
    def builds_plans(self) -> bool:
        """Whether the engine in use does."""
        return self._engine.builds_plans

    @property
    def info(self) -> EngineInfo:
        """Of the engine in use."""
        return self._engine.info

    @property
    def camera_frames(self) -> CameraFrames | None:
        """Of the engine in use."""
        return self._engine.camera_frames

    @property
    def gpu_bytes(self) -> int | None:
        """Of the engine in use."""
        return self._engine.gpu_bytes

    @property
    def warning(self) -> str:
        """Why another engine took over; '' where none did."""
        return self._warning or self._engine.warning

    def warm_up(self, height: int, width: int) -> None:
        """Prepare for a size; raises EngineError where the last engine can't either."""
        try:
            self._engine.warm_up(height, width)
        except EngineError as error:
            name = self._engine.info.engine
            try:
                successor = self._make_next().engine
                successor.warm_up(height, width)
            except EngineError as second:
                raise EngineError(f'{name}: {error}; and in its place: {second}') from None
            self._engine = successor
            self._warning = f'{successor.info.engine} runs in place of {name}: {error}'

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair."""
        return self._engine.infer(visible, thermal)

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        """Do all that is to be done with images as the cameras give them."""
        return self._engine.infer_frames(pair)
