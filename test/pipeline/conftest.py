"""An engine that does what a test tells it, and messages to feed it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.errors import EngineError


class ScriptedEngine(Engine):
    """derained = visible + 1, fused = visible + 2; fails on the calls named in `failures`."""

    def __init__(self) -> None:
        self.calls: list[tuple[Image, Image]] = []
        self.warmed: list[tuple[int, int]] = []
        self.failures: set[int] = set()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('scripted', 'uint8', 'test', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        self.warmed.append((height, width))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        self.calls.append((visible.copy(), thermal.copy()))
        if len(self.calls) - 1 in self.failures:
            raise EngineError('scripted failure')
        return Inference(visible + 2, visible + 1, 0.001)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


class Messages:
    """Makes sensor_msgs/Image look-alikes."""

    @staticmethod
    def image(stamp_ms: float, encoding: str, array: np.ndarray, frame_id: str) -> SimpleNamespace:
        seconds, nanoseconds = divmod(round(stamp_ms * 1000) * 1000, 1_000_000_000)
        return SimpleNamespace(
            header=SimpleNamespace(
                stamp=SimpleNamespace(sec=seconds, nanosec=nanoseconds), frame_id=frame_id
            ),
            height=array.shape[0],
            width=array.shape[1],
            encoding=encoding,
            is_bigendian=0,
            step=array.strides[0],
            data=array.reshape(-1).view(np.uint8),
        )

    def visible(self, stamp_ms: float, level: int = 50, size: tuple[int, int] = (16, 24)):
        array = np.full((*size, 3), level, np.uint8)
        return self.image(stamp_ms, 'rgb8', array, 'visible_optical_frame')

    def thermal(self, stamp_ms: float, level: int = 90, size: tuple[int, int] = (8, 12)):
        array = np.full(size, level, np.uint8)
        return self.image(stamp_ms, 'mono8', array, 'thermal_optical_frame')


@pytest.fixture
def messages() -> Messages:
    return Messages()
