"""One frame at a time through a network on a GPU by torch, in buffers that are made once."""

from __future__ import annotations

import torch

from nitedr_ros.engines.engine import Image
from nitedr_ros.networks.torch_network import TorchNetwork

_WARM_UPS = 3
"""Runs before a graph is captured: the first ones choose algorithms and allocate."""


class CudaSlot:
    """Pinned and GPU buffers, a stream of its own and, where wanted, the network as a CUDA graph.

    Copies stay outside of the graph, so that they can be timed. Two slots overlap: one copies
    while the other computes.
    """

    def __init__(self, network: TorchNetwork, height: int, width: int, *, use_graph: bool) -> None:
        """height, width: pixels, multiples that the network takes. Raises what torch raises."""
        self._network = network
        self._stream = torch.cuda.Stream(network.device)
        shapes = {'visible': (1, height, width, 3), 'thermal': (1, height, width)}
        self._sent = {
            name: torch.zeros(shape, dtype=torch.uint8, pin_memory=True)
            for name, shape in shapes.items()
        }
        self._there = {name: host.to(network.device) for name, host in self._sent.items()}
        self._fetched = {
            name: torch.empty(shapes['visible'], dtype=torch.uint8, pin_memory=True)
            for name in ('fused', 'derained')
        }
        self._events = [torch.cuda.Event(enable_timing=True) for _ in range(4)]
        self._stream.wait_stream(torch.cuda.current_stream(network.device))
        with torch.cuda.stream(self._stream):
            for _ in range(_WARM_UPS):
                self._results = self._compute()
        self._stream.synchronize()
        self._graph: torch.cuda.CUDAGraph | None = None
        if use_graph:
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(
                self._graph, stream=self._stream, capture_error_mode='thread_local'
            ):
                self._results = self._compute()

    def begin(self, visible: Image, thermal: Image) -> None:
        """Begin a frame, uint8 [H, W, 3] and [H, W], and return without waiting for it."""
        first, copied, computed, last = self._events
        for name, image in (('visible', visible), ('thermal', thermal)):
            self._sent[name].numpy()[0] = image
        with torch.cuda.stream(self._stream):
            first.record()
            for name, host in self._sent.items():
                self._there[name].copy_(host, non_blocking=True)
            copied.record()
            if self._graph is None:
                self._results = self._compute()
            else:
                self._graph.replay()
            computed.record()
            for name, result in zip(('fused', 'derained'), self._results, strict=True):
                self._fetched[name].copy_(result, non_blocking=True)
            last.record()

    def end(self) -> tuple[Image, Image, dict[str, float]]:
        """Wait for the frame; return `fused` and `derained` [H, W, 3] and seconds by stage.

        The images lie in memory that the next frame overwrites.
        """
        first, copied, computed, last = self._events
        last.synchronize()
        stages = {
            'copy_in': first.elapsed_time(copied) / 1e3,
            'infer': copied.elapsed_time(computed) / 1e3,
            'copy_out': computed.elapsed_time(last) / 1e3,
        }
        fused, derained = (self._fetched[name].numpy()[0] for name in ('fused', 'derained'))
        return fused, derained, stages

    def _compute(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self._network.run(self._there['visible'], self._there['thermal'])
