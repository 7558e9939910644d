"""Running a graph through ONNX Runtime, with more outputs than it states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from nitedr_ros.errors import EngineError

UInt8 = npt.NDArray[np.uint8]


class GraphSession:
    """Runs a graph on the CPU.

    watched: names of tensors inside the graph that are wanted besides its outputs.
    exact: computes node by node as the graph says, instead of merging nodes where that pays.
    Raises EngineError where the runtime can't load or run the graph.
    """

    def __init__(
        self, model: onnx.ModelProto, watched: Sequence[str] = (), *, exact: bool = False
    ) -> None:
        wanted = onnx.ModelProto()
        wanted.CopyFrom(model)
        stated = [value.name for value in wanted.graph.output]
        inside = [name for name in watched if name not in stated]
        wanted.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inside)
        self._names = [*stated, *inside]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Memory that is kept for the next run would not leave room for a second graph.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        # In the nodes' own order, so that what is watched is measured as soon as it is there.
        options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED
        if exact:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            self._session = onnxruntime.InferenceSession(
                wanted.SerializeToString(), options, providers=['CPUExecutionProvider']
            )
        except Exception as error:  # the runtime raises types of its own, without a common base
            raise EngineError(_one_line('ONNX Runtime cannot load the graph', error)) from error

    def run(self, visible: UInt8, thermal: UInt8) -> dict[str, npt.NDArray[Any]]:
        """Run on uint8 [H, W, 3] RGB and uint8 [H, W]; return all outputs by name."""
        feeds = {'visible': visible[None], 'thermal': thermal[None]}
        try:
            found = self._session.run(self._names, feeds)
        except Exception as error:
            raise EngineError(_one_line('ONNX Runtime cannot run the graph', error)) from error
        return dict(zip(self._names, found, strict=True))


def _one_line(what: str, error: Exception) -> str:
    return f'{what}: {" ".join(str(error).split())[:200]}'
