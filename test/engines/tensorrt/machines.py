"""Machines with a GPU that is none: fakes of TensorRT and cuda-python that belong together."""

from __future__ import annotations

import gc
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from fakes.cuda_device import CudaDevice, Gpu
from fakes.fake_cuda import make_cuda_runtime
from fakes.fake_tensorrt import make_tensorrt
from fakes.faults import Faults
from onnx import TensorProto, helper

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines import selection
from nitedr_ros.engines.engine import Inference
from nitedr_ros.engines.model import Model, read_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt import cuda, installed
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.tensorrt_engine import TensorRtEngine
from nitedr_ros.networks.graphs.half import to_half


class Told(Progress):
    """Keeps all that it was told; asks the work to end once it hears `cancel_at`, '' for never."""

    def __init__(self, cancel_at: str = '') -> None:
        super().__init__()
        self.cancel_at = cancel_at
        self.steps: list[tuple[str, float | None]] = []

    def moved(self, what: str, share: float | None = None) -> None:
        super().moved(what, share)
        self.steps.append((what, share))
        if self.cancel_at and self.cancel_at in what:
            self.cancelled = True

    @property
    def texts(self) -> str:
        """All that was said, one line each."""
        return '\n'.join(what for what, _ in self.steps)


@dataclass(eq=False)
class Machine:
    """One GPU with its software; plans go to `folder`."""

    version: str
    major: int
    folder: Path
    gpu: Gpu = field(default_factory=Gpu)
    family: list[Machine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.family.append(self)
        self.runtime: Any = make_cuda_runtime(self.major, self.gpu)
        self.trt: Any = make_tensorrt(self.version, self.runtime)

    @property
    def device(self) -> CudaDevice:
        """The GPU itself."""
        return self.runtime._fake

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.trt._fake.faults

    @property
    def built(self) -> list[str]:
        """Precisions of all builds so far."""
        return [build.precision for build in self.trt._fake.builds]

    @property
    def has_monitor(self) -> bool:
        """Whether this TensorRT tells how far a build is."""
        return hasattr(self.trt, 'IProgressMonitor')

    @property
    def copies(self) -> int:
        """Copies between host and GPU that were asked for so far."""
        return self.device.calls['cudaMemcpyAsync']

    def cuda(self) -> Cuda:
        """The GPU as nitedr sees it."""
        return Cuda(self.runtime)

    def config(self, **changes: Any) -> EngineConfig:
        """A configuration that asks for TensorRT."""
        return EngineConfig(name='tensorrt', plans_folder=str(self.folder), **changes)

    def engine(
        self, model: Model, progress: Progress | None = None, **changes: Any
    ) -> TensorRtEngine:
        """A new engine, as of a program that has just been started."""
        config = self.config(**changes)
        return TensorRtEngine(model, config, progress, trt=self.trt, cuda=self.cuda())

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let nitedr find this machine's software and GPU as it finds those that are there."""
        modules = {'tensorrt': self.trt, 'cuda.bindings.runtime': self.runtime}
        for module in (installed, cuda):
            monkeypatch.setattr(module, 'import_module', modules.__getitem__)
        others = selection.is_installed
        monkeypatch.setattr(
            selection, 'is_installed', lambda name: name == 'tensorrt' or others(name)
        )
        there = 'NVIDIA GPU' if self.gpu.driver and self.gpu.count else ''
        monkeypatch.setattr(selection, 'nvidia_gpu', lambda: there)

    def restarted(self, **changes: Any) -> Machine:
        """The same with empty memory, and with a GPU that is another in these respects."""
        gpu = Gpu(**(vars(self.gpu) | changes))
        return Machine(self.version, self.major, self.folder, gpu, self.family)

    def check(self) -> None:
        """Assert that nobody did what CUDA forbids, and that all memory has been given back."""
        if any(machine.device.live for machine in self.family):
            # Errors that tests have caught keep what they came through.
            gc.collect()
        for machine in self.family:
            assert machine.device.live == []
            assert machine.device.misuses == []
            assert machine.trt._fake.swallowed == []


def with_variants(model: Model) -> Model:
    """Return a model in fp32 with graphs in fp16 and int8 added, which compute the same."""
    graph = onnx.load(str(model.path))
    graphs = {'fp16': in_half(graph), 'int8': quantised(graph)}
    folder = model.path.parent
    variants = {}
    for precision, variant in graphs.items():
        content = variant.SerializeToString()
        (folder / f'{precision}.onnx').write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        variants[precision] = {'onnx': f'{precision}.onnx', 'sha256': sha256}
    description = model.model_dump(exclude={'variants'}, exclude_none=True)
    (folder / 'model.yaml').write_text(yaml.safe_dump({**description, 'variants': variants}))
    return read_model(folder / 'model.yaml')


def in_half(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph whose products are in fp16, which holds halves of bytes exactly."""
    wanted = {place for place, node in enumerate(graph.graph.node) if node.op_type == 'Mul'}
    return to_half(graph, wanted)


def quantised(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph whose gain goes through int8, which holds it exactly."""
    result = onnx.ModelProto()
    result.CopyFrom(graph)
    (place, product) = next(
        (place, node) for place, node in enumerate(result.graph.node) if node.op_type == 'Mul'
    )
    nodes = [
        helper.make_node('QuantizeLinear', [product.input[1], 'scale', 'zero'], ['small']),
        helper.make_node('DequantizeLinear', ['small', 'scale', 'zero'], ['large']),
    ]
    product.input[1] = 'large'
    for node in reversed(nodes):
        result.graph.node.insert(place, node)
    result.graph.initializer.extend(
        [
            helper.make_tensor('scale', TensorProto.FLOAT, [], [2.0**-7]),
            helper.make_tensor('zero', TensorProto.INT8, [], [0]),
        ]
    )
    onnx.checker.check_model(result, full_check=True)
    return result


def assert_same(found: Inference, expected: Inference) -> None:
    """Compare the images of two inferences, which must be equal."""
    np.testing.assert_array_equal(found.fused, expected.fused)
    np.testing.assert_array_equal(found.derained, expected.derained)


def by_onnxruntime(model: Model, pair: tuple[np.ndarray, np.ndarray]) -> Inference:
    """Return what ONNX Runtime makes of a pair in fp32 on the CPU."""
    return OnnxRuntimeEngine(model.at('fp32'), threads=1).infer(*pair)
