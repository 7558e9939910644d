"""Training in several processes at once, as `torchrun` starts them: one a GPU.

Each process makes its own batches; gradients are averaged over all processes before each step, so
that weights stay the same everywhere. With networks of a few megabytes, one reduction of all
gradients after the backward pass costs less than it would to overlap it, and unlike
DistributedDataParallel it leaves the network as it is for compiling, freezing and averaging.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class Processes:
    """How many processes train together, and which of them this is."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that validates, writes and reports."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its mean over all processes."""
        if self.count == 1:
            return
        gradients = [each.grad for each in parameters if each.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.count
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()

    def told_by_first(self, value: float, device: torch.device) -> float:
        """Return the first process's value in all of them."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.broadcast(told, 0)
        return float(told)

    def gathered(self, value: Any) -> list[Any]:
        """Return every process's value, in the order of ranks."""
        if self.count == 1:
            return [value]
        values: list[Any] = [None] * self.count
        distributed.all_gather_object(values, value)
        return values

    def same_weights(self, network: nn.Module) -> None:
        """Give all processes the first one's weights."""
        if self.count > 1:
            weights: list[Tensor] = [*network.parameters(), *network.buffers()]
            for weight in weights:
                distributed.broadcast(weight.detach(), 0)

    def close(self) -> None:
        """Leave the group."""
        if self.count > 1:
            distributed.destroy_process_group()


def join_processes(device: torch.device) -> Processes:
    """Join the processes that torchrun started; a single process where it did not."""
    count = int(os.environ.get('WORLD_SIZE', '1'))
    if count == 1:
        return Processes()
    distributed.init_process_group('nccl' if device.type == 'cuda' else 'gloo')
    return Processes(distributed.get_rank(), count)


def own_gpu() -> int:
    """Return the index of the GPU that torchrun means for this process."""
    return int(os.environ.get('LOCAL_RANK', '0'))
