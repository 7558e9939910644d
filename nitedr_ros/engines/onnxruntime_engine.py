"""ONNX Runtime: runs everywhere, and is the yardstick that other engines are checked against."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from nitedr_ros.engines.engine import EngineInfo, Image, NetworkEngine
from nitedr_ros.engines.execution_providers import CPU, ON_GPU, GpuUse
from nitedr_ros.engines.gpu_buffers import GpuBuffers
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_session import one_line, open_session, run_session
from nitedr_ros.errors import EngineError

KEPT_SIZES = 2
"""Buffers on the GPU are kept for so many image sizes."""


class OnnxRuntimeEngine(NetworkEngine):
    """Runs a model's graph, in the precision it has, through ONNX Runtime's execution providers.

    providers: names of execution providers, best first; each must be in the installed build, and
    the first one must be able to start: there is no silent fall-back to the CPU.
    threads: CPU threads; 0 leaves it to the runtime.
    gpu: how much of a GPU the providers for GPUs may take.
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
        self._gpu = gpu or GpuUse()
        self._opened = open_session(model, providers, threads, self._gpu)
        self._buffers: OrderedDict[tuple[int, int], GpuBuffers] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        """ONNX Runtime in the graph's precision, with the provider that comes first."""
        return self._opened.info(self.model)

    def _run(self, visible: Image, thermal: Image) -> tuple[Image, Image]:
        if self._opened.provider not in ON_GPU:
            inputs = {'visible': visible, 'thermal': thermal}
            fused, derained = run_session(self._opened.session, ['fused', 'derained'], inputs)
            return fused, derained
        try:
            buffers = self._bound(visible.shape[1], visible.shape[2])
            fused, derained, self._stages = buffers.run(visible, thermal)
        except Exception as error:
            raise EngineError(one_line('ONNX Runtime failed', error)) from error
        return fused, derained

    def _bound(self, height: int, width: int) -> GpuBuffers:
        """Return the buffers for one size; the least recently used size makes room."""
        size = (height, width)
        if size not in self._buffers:
            if len(self._buffers) >= KEPT_SIZES:
                self._buffers.popitem(last=False)
            self._buffers[size] = GpuBuffers(self._opened.session, height, width, self._gpu.device)
        self._buffers.move_to_end(size)
        return self._buffers[size]
