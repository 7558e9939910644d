"""From an ONNX graph to a TensorRT plan, with every version from 8.6 on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.monitor import (
    Complaints,
    made_with_cuda,
    make_logger,
    make_monitor,
)
from nitedr_ros.errors import EngineError


@dataclass(frozen=True)
class BuildSettings:
    """What a plan is built with, beside the graph.

    precision: that of the graph, whose types state it node by node. shapes: of its inputs, by
    name; one plan serves one shape. workspace_mb: scratch memory that a kernel may ask for, MiB.
    """

    precision: str
    shapes: Mapping[str, tuple[int, ...]]
    workspace_mb: int


@dataclass(frozen=True)
class Built:
    """A plan, and what was learnt of the GPU's kernels while it was built."""

    plan: bytes
    timings: bytes


class PlanBuilder:
    """Builds plans with one installed TensorRT."""

    def __init__(self, trt: ModuleType) -> None:
        self._trt = trt
        self._complaints = Complaints()
        self._logger = make_logger(trt, self._complaints)

    @property
    def strongly_typed(self) -> bool:
        """Whether the graph's types are kept as they are stated: from TensorRT 10 on."""
        flags = self._trt.NetworkDefinitionCreationFlag
        # Version 11 knows nothing else, and so has no flags that would allow other types.
        return hasattr(flags, 'STRONGLY_TYPED') or not hasattr(self._trt.BuilderFlag, 'FP16')

    def build(
        self, onnx: bytes, settings: BuildSettings, progress: Progress, timings: bytes = b''
    ) -> Built:
        """Build a plan; takes seconds to many minutes, and lets other threads run meanwhile.

        onnx: the graph in settings.precision. timings: of earlier builds on the same GPU with the
        same TensorRT, which make this one faster. Raises EngineError in one line where the graph
        can't be read or no plan comes of it.
        """
        trt = self._trt
        self._complaints.forget()
        builder = made_with_cuda(trt.Builder, self._logger, self._complaints)
        network = builder.create_network(self._creation_flags())
        parser = trt.OnnxParser(network, self._logger)
        if not parser.parse(onnx):
            said = [parser.get_error(index).desc() for index in range(parser.num_errors)]
            reason = ' '.join(said[0].split())[:200] if said else self._complaints.take()
            raise EngineError(f'TensorRT {trt.__version__} can not read the graph: {reason}')
        self._fix_shapes(network, settings.shapes)
        config = builder.create_builder_config()
        self._set_flags(config, settings.precision)
        if not self.strongly_typed and settings.precision == 'fp16':
            _keep_fp32(trt, network)
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, settings.workspace_mb << 20)
        # Timings of another TensorRT or GPU are refused, and then there are none to begin with.
        for known in (timings, b''):
            cache = config.create_timing_cache(known)
            if cache is not None and config.set_timing_cache(cache, False):
                break
        monitor = make_monitor(trt, f'building the {settings.precision} plan', progress)
        if monitor is None:
            progress.moved(f'building the {settings.precision} plan')
        else:
            config.progress_monitor = monitor
        # Such as of timings that were refused.
        self._complaints.forget()
        plan = builder.build_serialized_network(network, config)
        if progress.cancelled:
            raise EngineError(f'building the {settings.precision} plan was ended before its time')
        if plan is None:
            raise EngineError(
                f'TensorRT {trt.__version__} built no {settings.precision} plan: '
                f'{self._complaints.take()}; another engine.precision may do'
            )
        return Built(bytes(plan), bytes(config.get_timing_cache().serialize()))

    def _creation_flags(self) -> int:
        flags = self._trt.NetworkDefinitionCreationFlag
        if hasattr(flags, 'STRONGLY_TYPED'):
            return 1 << int(flags.STRONGLY_TYPED)
        return 1 << int(flags.EXPLICIT_BATCH) if hasattr(flags, 'EXPLICIT_BATCH') else 0

    def _fix_shapes(self, network: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
        there = {network.get_input(index).name for index in range(network.num_inputs)}
        if there != set(shapes):
            raise EngineError(
                f'expected a graph with the inputs {", ".join(sorted(shapes))}, got '
                f'{", ".join(sorted(there))}: export the model again'
            )
        for index in range(network.num_inputs):
            tensor = network.get_input(index)
            tensor.shape = shapes[tensor.name]

    def _set_flags(self, config: Any, precision: str) -> None:
        flags = self._trt.BuilderFlag
        # In TF32 a product has 10 bits; who asks for fp32 asks for more.
        config.clear_flag(flags.TF32)
        if self.strongly_typed:
            return
        if precision == 'fp16':
            config.set_flag(flags.FP16)
            config.set_flag(flags.OBEY_PRECISION_CONSTRAINTS)
        elif precision == 'int8':
            # The graph says between which scales it computes in int8; all else stays in fp32.
            config.set_flag(flags.INT8)


def _keep_fp32(trt: ModuleType, network: Any) -> None:
    """Hold layers that the graph has in fp32 to it, where flags allow faster types.

    The graph says fp32 where fp16 would overflow. Layers on other numbers than fp32 stay free.
    """
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        outputs = [layer.get_output(place) for place in range(layer.num_outputs)]
        if all(output.dtype == trt.DataType.FLOAT for output in outputs):
            layer.precision = trt.DataType.FLOAT
            for place in range(layer.num_outputs):
                layer.set_output_type(place, trt.DataType.FLOAT)
