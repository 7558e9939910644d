"""ONNX Runtime for graphs that take images as the cameras give them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from nitedr_ros.engines.engine import EngineInfo, Image
from nitedr_ros.engines.execution_providers import CPU, GpuUse
from nitedr_ros.engines.frames_engine import FramesEngine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_session import open_session, run_session

_OUTPUTS = ('fused', 'derained', 'thermal_registered')


class OnnxRuntimeFramesEngine(FramesEngine):
    """Runs such a graph through ONNX Runtime's execution providers.

    providers, threads, gpu: as of `OnnxRuntimeEngine`.
    """

    def __init__(
        self,
        model: Model,
        *,
        providers: Sequence[str] = (CPU,),
        threads: int = 0,
        gpu: GpuUse | None = None,
    ) -> None:
        super().__init__(model)
        self._opened = open_session(model, providers, threads, gpu or GpuUse())
        self._given: dict[str, npt.NDArray[Any]] = {}

    @property
    def info(self) -> EngineInfo:
        """ONNX Runtime in the graph's precision, with the provider that comes first."""
        return self._opened.info(self.model)

    def _run(
        self, inputs: Mapping[str, npt.NDArray[Any]]
    ) -> tuple[dict[str, Image], Mapping[str, float], float]:
        # It keeps no inputs from call to call.
        self._given.update(inputs)
        start = time.perf_counter()
        found = run_session(self._opened.session, _OUTPUTS, self._given)
        return dict(zip(_OUTPUTS, found, strict=True)), {}, time.perf_counter() - start
