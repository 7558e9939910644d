"""The engine that changes nothing: to test a set-up, and to measure all that is not inference."""

from __future__ import annotations

import time

from nitedr_ros import __version__
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference


class PassthroughEngine(Engine):
    """Gives the visible image back as de-rained and as fused image."""

    @property
    def info(self) -> EngineInfo:
        """It runs no model."""
        return EngineInfo('passthrough', 'uint8', f'nitedr_ros {__version__}', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        """Nothing to prepare."""

    def infer(self, visible: Image, thermal: Image) -> Inference:  # noqa: ARG002
        """Return the visible image as it came, without a copy."""
        start = time.perf_counter()
        return Inference(visible, visible, time.perf_counter() - start)
