"""What engines share that run another engine."""

from __future__ import annotations

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import Engine, EngineInfo, FramesInference, Image, Inference


class WrappedEngine(Engine):
    """Runs the engine in `_engine`, which may be replaced, and has all that is said of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
    def verdict(self) -> str:
        """Of the engine in use."""
        return self._engine.verdict

    @property
    def warning(self) -> str:
        """Of the engine in use."""
        return self._engine.warning

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair."""
        return self._engine.infer(visible, thermal)

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        """Do all that is to be done with images as the cameras give them."""
        return self._engine.infer_frames(pair)
