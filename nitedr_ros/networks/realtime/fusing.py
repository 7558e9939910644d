"""What is trained as several branches and computed as one convolution."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional


class Fusible(nn.Module, ABC):
    """A layer that is linear in its input and equals one convolution.

    The branches are merged at each step, in float32, and one convolution is computed: that gives
    the gradients of the separate branches at the cost of one. Kernels of odd size are padded with
    zeros, so that a stride of 1 keeps the size.
    """

    stride: int

    @abstractmethod
    def merged(self) -> tuple[Tensor, Tensor]:
        """Return kernel [outputs, inputs, k, k] and bias [outputs]."""

    def forward(self, features: Tensor) -> Tensor:
        """Return the convolution of features [N, inputs, H, W]."""
        with torch.autocast(features.device.type, enabled=False):
            kernel, bias = self.merged()
        return functional.conv2d(features, kernel, bias, self.stride, _padding(kernel))

    def fused(self) -> nn.Conv2d:
        """Return the same as a plain convolution."""
        with torch.no_grad():
            kernel, bias = self.merged()
        outputs, inputs, side, _ = kernel.shape
        plain = nn.Conv2d(inputs, outputs, side, self.stride, _padding(kernel))
        plain.weight = nn.Parameter(kernel.detach().clone())
        plain.bias = nn.Parameter(bias.detach().clone())
        return plain


def _padding(kernel: Tensor) -> int:
    return (kernel.shape[-1] - 1) // 2


def fuse(module: nn.Module) -> None:
    """Replace all fusible layers inside a module by plain convolutions."""
    for name, child in module.named_children():
        if isinstance(child, Fusible):
            setattr(module, name, child.fused())
        else:
            fuse(child)
