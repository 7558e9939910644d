"""A moving average of a network's weights, which is what validates and is kept."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """Follows a network: `network` holds the average of its weights, in evaluation mode."""

    def __init__(self, followed: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(followed).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, followed: nn.Module, step: int) -> None:
        """Move towards the weights after step `step`, 1 the first; early steps count more."""
        decay = min(self._decay, step / (9 + step))
        averaged = list(self.network.parameters())
        new = [parameter.detach() for parameter in followed.parameters()]
        torch._foreach_lerp_(averaged, new, 1 - decay)
        for kept, buffer in zip(self.network.buffers(), followed.buffers(), strict=True):
            kept.copy_(buffer)
