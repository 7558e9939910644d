"""torch as an engine, for development: a training run is tried without being exported."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from pathlib import Path

import numpy as np
import torch

from nitedr_ros.engines.engine import (
    Engine,
    EngineInfo,
    Image,
    Inference,
    PipelinedEngine,
    padded_pair,
)
from nitedr_ros.errors import EngineError
from nitedr_ros.networks.cuda_slot import CudaSlot
from nitedr_ros.networks.torch_network import DeviceName, TorchNetwork, TorchPrecision

DEPTH = 2
"""Frames under way at once on a GPU: one is copied while another is computed."""
KEPT_SIZES = 2
"""Buffers on the GPU are kept for so many image sizes."""


def open_torch_engine(
    run: Path,
    *,
    device: DeviceName = 'cpu',
    precision: TorchPrecision = 'fp32',
    compiled: bool = False,
    use_graph: bool = True,
    threads: int = 0,
    index: int = 0,
) -> Engine:
    """Return an engine over the best pair of a training run; on a GPU a PipelinedEngine.

    run: folder of `best.safetensors` and `card.json`. compiled: by torch.compile, which needs a
    compiler and minutes. use_graph: launch the network as one CUDA graph. threads: of the CPU, for
    all that torch does in this process; 0 leaves it to torch. index: of the GPU. Raises
    EngineError or InputError where device, precision or weights can't be had.
    """
    network = TorchNetwork(run, device, precision, compiled=compiled, index=index)
    if threads:
        torch.set_num_threads(threads)
    if device == 'cpu':
        return TorchCpuEngine(network)
    return TorchCudaEngine(network, use_graph=use_graph)


class TorchCpuEngine(Engine):
    """Runs a network on the CPU."""

    def __init__(self, network: TorchNetwork) -> None:
        self._network = network

    @property
    def info(self) -> EngineInfo:
        """Torch on the CPU."""
        return _info(self._network)

    def warm_up(self, height: int, width: int) -> None:
        """Run one black pair of this size."""
        self.infer(*_black(height, width))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair."""
        height, width = visible.shape[:2]
        pair = padded_pair(self._network.model, visible, thermal)
        # torch warns of arrays that it may not write to, and may yet be given such.
        inputs = [torch.from_numpy(np.require(image, requirements='W'))[None] for image in pair]
        start = time.perf_counter()
        try:
            results = self._network.run(*inputs)
        except RuntimeError as error:
            raise EngineError(f'torch failed: {_one_line(error)}') from error
        seconds = time.perf_counter() - start
        fused, derained = (
            np.ascontiguousarray(result.numpy()[0, :height, :width]) for result in results
        )
        return Inference(fused, derained, seconds)


class TorchCudaEngine(PipelinedEngine):
    """Runs a network on a GPU."""

    def __init__(self, network: TorchNetwork, *, use_graph: bool) -> None:
        self._network = network
        self._use_graph = use_graph
        self._free: OrderedDict[tuple[int, int], list[CudaSlot]] = OrderedDict()
        self._submitted: deque[tuple[CudaSlot, tuple[int, int], tuple[int, int]]] = deque()

    @property
    def info(self) -> EngineInfo:
        """Torch on this GPU."""
        return _info(self._network)

    @property
    def gpu_bytes(self) -> int:
        """GPU memory of all that torch holds in this process, bytes; CUDA's own is not in it."""
        return torch.cuda.memory_reserved(self._network.device)

    @property
    def depth(self) -> int:
        """Two frames may be under way."""
        return DEPTH

    def warm_up(self, height: int, width: int) -> None:
        """Capture the graphs for this size and run them."""
        for _ in range(DEPTH):
            self.submit(*_black(height, width))
        for _ in range(DEPTH):
            self.collect()

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair."""
        self.submit(visible, thermal)
        return self.collect()

    def submit(self, visible: Image, thermal: Image) -> None:
        """Begin a pair; its images are copied before this returns."""
        if len(self._submitted) >= DEPTH:
            raise ValueError(f'expected at most {DEPTH} pairs under way, collect one first')
        size = (visible.shape[0], visible.shape[1])
        visible, thermal = padded_pair(self._network.model, visible, thermal)
        padded = (visible.shape[0], visible.shape[1])
        try:
            slot = self._slot(padded)
            slot.begin(visible, thermal)
        except RuntimeError as error:
            raise EngineError(f'torch failed on the GPU: {_one_line(error)}') from error
        self._submitted.append((slot, padded, size))

    def collect(self) -> Inference:
        """Wait for the oldest pair."""
        if not self._submitted:
            raise ValueError('expected a pair under way, none is submitted')
        slot, padded, (height, width) = self._submitted.popleft()
        try:
            fused, derained, stages = slot.end()
        except RuntimeError as error:
            raise EngineError(f'torch failed on the GPU: {_one_line(error)}') from error
        result = Inference(
            fused[:height, :width].copy(),
            derained[:height, :width].copy(),
            sum(stages.values()),
            stages,
        )
        self._free.setdefault(padded, []).append(slot)
        return result

    def _slot(self, size: tuple[int, int]) -> CudaSlot:
        """Return a slot that is free; the least recently used size makes room for a new one."""
        free = self._free.setdefault(size, [])
        self._free.move_to_end(size)
        if len(self._free) > KEPT_SIZES:
            self._free.popitem(last=False)
        return free.pop() if free else CudaSlot(self._network, *size, use_graph=self._use_graph)


def _info(network: TorchNetwork) -> EngineInfo:
    model = network.model
    return EngineInfo(
        'torch', network.precision, network.runtime, model.name, model.version, model.sha256
    )


def _black(height: int, width: int) -> tuple[Image, Image]:
    return np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)


def _one_line(error: Exception) -> str:
    return ' '.join(str(error).split())[:200]
