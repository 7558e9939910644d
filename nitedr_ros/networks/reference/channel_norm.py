"""Layer normalisation over the channels of each pixel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_EPSILON = 1e-5


class _Affine(nn.Module):
    """Scale and shift of each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Scale and shift [N, C, H, W]."""
        return features * self.weight[:, None, None] + self.bias[:, None, None]


class ChannelNorm(nn.Module):
    """Mean 0 and (biased) variance 1 over the channels at each pixel, then scale and shift.

    [N, C, H, W] → the same. Reduces along the channel axis, so that nothing is transposed.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = _Affine(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return the normalised features."""
        centred = features - features.mean(1, keepdim=True)
        variance = (centred * centred).mean(1, keepdim=True)
        normalised: Tensor = self.body(centred / torch.sqrt(variance + _EPSILON))
        return normalised
