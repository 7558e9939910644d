"""TensorRT: CleanNet→FusionNet as one plan on the vehicle's GPU."""

from __future__ import annotations

from collections import OrderedDict, deque
from types import ModuleType

import numpy as np

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Image, Inference, PipelinedEngine, padded_pair
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.execution import Execution, bytes_needed
from nitedr_ros.engines.tensorrt.on_tensorrt import OnTensorRt
from nitedr_ros.engines.tensorrt.plan_source import Acquired
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings

KEPT_SIZES = 2
"""Plans are kept loaded for so many image sizes."""
DEPTH = 2
"""Frames under way at once: one is copied while another is computed."""


class TensorRtEngine(OnTensorRt, PipelinedEngine):
    """Runs a model's plans, one for each image size, on pairs of one view."""

    def __init__(
        self,
        model: Model,
        config: EngineConfig,
        progress: Progress | None = None,
        *,
        trt: ModuleType | None = None,
        cuda: Cuda | None = None,
    ) -> None:
        """progress: is told of builds, and may end them. trt, cuda: None for what is installed.

        Raises EngineError where TensorRT, cuda-python or a GPU is missing, or can't be used.
        """
        self.model = model.for_pairs()
        self.set_up(config, progress, trt, cuda)
        self._loaded: OrderedDict[tuple[int, int], _LoadedPlan] = OrderedDict()
        self._submitted: deque[tuple[_LoadedPlan, tuple[int, int]]] = deque()

    @property
    def gpu_bytes(self) -> int:
        """GPU memory of all plans that are loaded, bytes; what CUDA itself takes is not in it."""
        return sum(loaded.gpu_bytes for loaded in self._loaded.values())

    @property
    def depth(self) -> int:
        """Two frames may be under way."""
        return DEPTH

    def manifest(self, height: int, width: int) -> PlanManifest:
        """Return the manifest of the plan for images of this size, pixels."""
        self._cuda.select()
        return self._plan_for(self.model.padded(height, width)).manifest

    def warm_up(self, height: int, width: int) -> None:
        """Load or build the plan for this size, and run it once.

        Building takes minutes. Raises EngineError where there is no plan to be had.
        """
        self.infer(np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8))

    def submit(self, visible: Image, thermal: Image) -> None:
        """Begin a pair; its images are copied before this returns."""
        if len(self._submitted) >= DEPTH:
            raise ValueError(f'expected at most {DEPTH} pairs under way, collect one first')
        size = (visible.shape[0], visible.shape[1])
        visible, thermal = padded_pair(self.model, visible, thermal)
        self._cuda.select()
        loaded = self._plan_for((visible.shape[0], visible.shape[1]))
        loaded.begin(visible[None], thermal[None])
        self._submitted.append((loaded, size))

    def collect(self) -> Inference:
        """Wait for the oldest pair."""
        if not self._submitted:
            raise ValueError('expected a pair under way, none is submitted')
        loaded, (height, width) = self._submitted.popleft()
        self._cuda.select()
        fused, derained, stages = loaded.end(height, width)
        return Inference(fused, derained, sum(stages.values()), stages)

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair."""
        self.submit(visible, thermal)
        return self.collect()

    def close(self) -> None:
        """Give all memory of the GPU back, as does letting go of the engine."""
        self._cuda.select()
        self._submitted.clear()
        for loaded in self._loaded.values():
            loaded.close()
        self._loaded.clear()

    def _plan_for(self, size: tuple[int, int]) -> _LoadedPlan:
        if size not in self._loaded:
            self._make_room()
            acquired = self._source.acquire(size, self._progress)
            self._loaded[size] = _LoadedPlan(self._cuda, acquired, self._settings)
        self._loaded.move_to_end(size)
        self._precision = self._loaded[size].precision
        return self._loaded[size]

    def _make_room(self) -> None:
        """Let go of the plans that were used longest ago, but for those with pairs under way."""
        # A limit is for all that is there at a time, while no size changes under way.
        kept = 1 if self._settings.memory_mb else KEPT_SIZES
        idle = [size for size, loaded in self._loaded.items() if not loaded.busy]
        for size in idle[: max(0, len(self._loaded) + 1 - kept)]:
            self._loaded.pop(size).close()


class _LoadedPlan:
    """A plan with as many executions as have been needed at once."""

    def __init__(self, cuda: Cuda, acquired: Acquired, settings: TensorRtSettings) -> None:
        self._cuda, self._plan, self._settings = cuda, acquired.plan, settings
        self.precision = acquired.precision
        self.manifest = acquired.manifest
        self._all = [acquired.execution]
        self._free = deque(self._all)
        self._busy: deque[Execution] = deque()

    @property
    def busy(self) -> bool:
        """Whether a pair is under way."""
        return bool(self._busy)

    @property
    def gpu_bytes(self) -> int:
        return self._plan.plan_bytes + sum(execution.gpu_bytes for execution in self._all)

    def begin(self, visible: Image, thermal: Image) -> None:
        if not self._free:
            self._settings.check_memory(bytes_needed(self._plan, len(self._all) + 1))
            another = Execution(
                self._cuda,
                self._plan,
                priority=self._settings.priority,
                use_graph=self._settings.use_graph,
            )
            self._all.append(another)
            self._free.append(another)
        self._free[0].begin({'visible': visible, 'thermal': thermal})
        self._busy.append(self._free.popleft())

    def end(self, height: int, width: int) -> tuple[Image, Image, dict[str, float]]:
        execution = self._busy.popleft()
        self._free.appendleft(execution)
        stages = execution.end()
        outputs = execution.outputs()
        fused, derained = (
            np.array(outputs[name][0, :height, :width]) for name in ('fused', 'derained')
        )
        return fused, derained, stages

    def close(self) -> None:
        for execution in self._all:
            execution.close()
