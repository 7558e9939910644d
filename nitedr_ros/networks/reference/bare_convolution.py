"""Convolutions without bias that keep the size, of which CleanNet is made."""

from __future__ import annotations

from torch import nn


def convolution(inputs: int, outputs: int, size: int, groups: int = 1) -> nn.Conv2d:
    """Return a convolution of `size` x `size` (odd) with zero padding and no bias."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, groups=groups, bias=False)


def depthwise(channels: int, size: int, dilation: int = 1) -> nn.Conv2d:
    """Return a convolution of each channel by itself."""
    padding = size // 2 * dilation
    return nn.Conv2d(channels, channels, size, 1, padding, dilation, groups=channels, bias=False)
