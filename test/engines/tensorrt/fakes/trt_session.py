"""A fake TensorRT as an engine would use it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from fakes.cuda_device import Gpu
from fakes.fake_cuda import make_cuda_runtime
from fakes.fake_tensorrt import make_tensorrt


class Session:
    """One version on one GPU, with a logger, and the graph of graphs.py in mind."""

    def __init__(self, version: str, gpu: Gpu | None = None) -> None:
        self.cuda: Any = make_cuda_runtime(13, gpu)
        self.trt: Any = make_tensorrt(version, self.cuda)
        self.faults = self.trt._fake.faults
        self.logger = make_logger(self.trt)

    def network(self, content: bytes, *, strong: bool = True, explicit: bool = True) -> Any:
        flags = self.trt.NetworkDefinitionCreationFlag.__members__
        wanted = {'EXPLICIT_BATCH': explicit, 'STRONGLY_TYPED': strong}
        bits = sum(1 << int(flags[name]) for name in wanted if wanted[name] and name in flags)
        self.builder = self.trt.Builder(self.logger)
        network = self.builder.create_network(bits)
        self.parser = self.trt.OnnxParser(network, self.logger)
        self.parsed = self.parser.parse(content)
        return network

    def build(
        self, content: bytes, *flags: str, strong: bool = True, monitor: Any = None
    ) -> bytes | None:
        network = self.network(content, strong=strong)
        config = self.builder.create_builder_config()
        for flag in flags:
            config.set_flag(getattr(self.trt.BuilderFlag, flag))
        if monitor is not None:
            config.progress_monitor = monitor
        plan = self.builder.build_serialized_network(network, config)
        return None if plan is None else bytes(plan)

    def load(self, plan: bytes) -> Any:
        return self.trt.Runtime(self.logger).deserialize_cuda_engine(plan)

    def ready(self, plan: bytes) -> tuple[Any, dict[str, int]]:
        """Return a context with memory for all tensors, its inputs filled."""
        engine = self.load(plan)
        context = engine.create_execution_context()
        addresses = {}
        for index in range(engine.num_io_tensors):
            name = engine.get_tensor_name(index)
            count = int(np.prod(tuple(engine.get_tensor_shape(name))))
            addresses[name] = self.cuda.cudaMalloc(count)[1]
            assert context.set_tensor_address(name, addresses[name])
        self.memory(addresses['visible'])[:] = 10
        self.memory(addresses['thermal'], 8 * 16)[:] = 5
        return context, addresses

    def stream(self) -> Any:
        return self.cuda.cudaStreamCreateWithFlags(1)[1]

    def memory(self, address: int, count: int = 8 * 16 * 3) -> np.ndarray:
        return np.asarray(self.cuda._fake.bytes_at(address, count))

    def run(self, plan: bytes) -> dict[str, np.ndarray]:
        context, addresses = self.ready(plan)
        stream = self.stream()
        assert context.execute_async_v3(int(stream))
        assert self.cuda.cudaStreamSynchronize(stream)[0] == 0
        return {name: self.memory(addresses[name]).copy() for name in ('fused', 'derained')}

    @property
    def said(self) -> str:
        return ' | '.join(message for severity, message in self.trt._fake.log if 'ERR' in severity)


def make_logger(trt: ModuleType) -> Any:
    class Kept(trt.ILogger):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.lines: list[tuple[Any, str]] = []

        def log(self, severity: Any, message: str) -> None:
            self.lines.append((severity, message))

    return Kept()
