"""TensorRT for graphs that take images as the cameras give them: all on the GPU, in one plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Image
from nitedr_ros.engines.frames_engine import FramesEngine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.on_tensorrt import OnTensorRt
from nitedr_ros.engines.tensorrt.plan_source import Acquired


class TensorRtFramesEngine(OnTensorRt, FramesEngine):
    """Undistorts, registers, de-rains and fuses in one plan.

    A frame costs one copy of each camera's image to the GPU and one of each output back; maps and
    weights are copied when they change.
    """

    def __init__(
        self,
        model: Model,
        config: EngineConfig,
        progress: Progress | None = None,
        *,
        trt: ModuleType | None = None,
        cuda: Cuda | None = None,
    ) -> None:
        """All as of `TensorRtEngine`."""
        super().__init__(model)
        self.set_up(config, progress, trt, cuda)
        self._acquired: Acquired | None = None

    @property
    def gpu_bytes(self) -> int:
        """GPU memory of the plan, bytes; what CUDA itself takes is not in it."""
        acquired = self._acquired
        return 0 if acquired is None else acquired.plan.plan_bytes + acquired.execution.gpu_bytes

    def manifest(self, height: int, width: int) -> PlanManifest:
        """Return the manifest of the plan, which is for outputs of this size, pixels."""
        self.warm_up(height, width)
        return self._plan().manifest

    def close(self) -> None:
        """Give all memory of the GPU back, as does letting go of the engine."""
        self._cuda.select()
        self._inputs.forget()
        acquired, self._acquired = self._acquired, None
        if acquired is not None:
            acquired.execution.close()

    def _run(
        self, inputs: Mapping[str, npt.NDArray[Any]]
    ) -> tuple[dict[str, Image], Mapping[str, float], float]:
        self._cuda.select()
        execution = self._plan().execution
        execution.begin(inputs)
        stages = execution.end()
        outputs = {name: np.array(image) for name, image in execution.outputs().items()}
        return outputs, stages, sum(stages.values())

    def _plan(self) -> Acquired:
        if self._acquired is None:
            self._acquired = self._source.acquire(self.size, self._progress)
            self._precision = self._acquired.precision
        return self._acquired
