"""OpenVINO: the fastest engine on CPUs, in bf16 where the CPU computes in it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

import numpy as np
import openvino

from nitedr_ros.engines.engine import EngineInfo, Image, NetworkEngine
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError

KEPT_SIZES = 2
"""Compiled graphs are kept for so many image sizes; each takes some hundred MiB."""


class OpenVinoEngine(NetworkEngine):
    """Runs a model on the CPU through OpenVINO, compiled once for each image size.

    precision: 'fp32', 'bf16', or 'auto' for bf16 where the CPU has it; 'int8' for the model's int8
    graph, the rest of it as with 'auto'.
    threads: CPU threads; 0 leaves it to the runtime.
    """

    def __init__(
        self,
        model: Model,
        *,
        precision: Literal['auto', 'fp32', 'bf16', 'int8'] = 'auto',
        threads: int = 0,
    ) -> None:
        super().__init__(model.at('int8') if precision == 'int8' else model)
        self._core = openvino.Core()
        has_bf16 = 'BF16' in self._core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
        if precision == 'bf16' and not has_bf16:
            raise EngineError('expected a CPU with bf16, this one has none: set precision to fp32')
        floats = 'f32' if precision == 'fp32' or not has_bf16 else 'bf16'
        self._precision = precision if precision == 'int8' else floats.replace('f32', 'fp32')
        self._settings: dict[str, object] = {
            'PERFORMANCE_HINT': 'LATENCY',
            'INFERENCE_PRECISION_HINT': floats,
        }
        if threads:
            self._settings['INFERENCE_NUM_THREADS'] = threads
        self._graph = self.model.read_verified()
        self._requests: OrderedDict[tuple[int, int], openvino.InferRequest] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        """OpenVINO on the CPU, in the precision in force."""
        runtime = f'openvino {openvino.__version__.split("-")[0]}'
        model = self.model
        return EngineInfo(
            'openvino', self._precision, runtime, model.name, model.version, model.sha256
        )

    def _request(self, height: int, width: int) -> openvino.InferRequest:
        """Return the compiled graph for one size; the least recently used size makes room."""
        size = (height, width)
        if size not in self._requests:
            graph = self._core.read_model(self._graph)
            graph.reshape({'visible': [1, height, width, 3], 'thermal': [1, height, width]})
            compiled = self._core.compile_model(graph, 'CPU', self._settings)
            self._requests[size] = compiled.create_infer_request()
            if len(self._requests) > KEPT_SIZES:
                self._requests.popitem(last=False)
        self._requests.move_to_end(size)
        return self._requests[size]

    def _run(self, visible: Image, thermal: Image) -> tuple[Image, Image]:
        try:
            request = self._request(visible.shape[1], visible.shape[2])
            results = request.infer({'visible': visible, 'thermal': thermal}, share_inputs=True)
            return np.asarray(results['fused']), np.asarray(results['derained'])
        except RuntimeError as error:
            reason = ' '.join(str(error).split())[:200]
            raise EngineError(f'OpenVINO failed on {self.model.path}: {reason}') from error
