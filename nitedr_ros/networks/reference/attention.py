"""Top-selection attention: channels attend to the channels that are most like them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.reference.bare_convolution import convolution, depthwise

_SHARES = ((1, 2), (2, 3), (3, 4), (4, 5))
"""Fractions of the channels of a head that the four masked softmaxes keep."""
_SMALLEST_NORM = 1e-12


def _unit_length(rows: Tensor) -> Tensor:
    """Divide [..., L] by the length of its last axis; rows of zeros stay zeros."""
    length = torch.sqrt((rows * rows).sum(-1, keepdim=True))
    return rows / length.clamp(min=_SMALLEST_NORM)


class TopSelectionAttention(nn.Module):
    """Attention over the channels of each head: [N, C, H, W] → the same.

    channels: C, at least twice heads. The four softmaxes keep the largest c/2, 2c/3, 3c/4 and 4c/5
    (rounded down) of the c = C / heads similarities of each channel; their sum, weighted by the
    learned attn1..attn4, is applied to v once, which is the same as four products. Similarities
    are compared with the k-th largest instead of being scattered; all that tie with it are kept.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.kept = [channels // heads * part // whole for part, whole in _SHARES]
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.attn1 = nn.Parameter(torch.tensor([0.2]))
        self.attn2 = nn.Parameter(torch.tensor([0.2]))
        self.attn3 = nn.Parameter(torch.tensor([0.2]))
        self.attn4 = nn.Parameter(torch.tensor([0.2]))
        self.qkv = convolution(channels, channels * 3, 1)
        self.qkv_dwconv = depthwise(channels * 3, 3)
        self.project_out = convolution(channels, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return what the channels make of each other."""
        batch, channels, height, width = features.shape
        split = (batch, self.heads, channels // self.heads, height * width)
        stacked = self.qkv_dwconv(self.qkv(features))
        q, k, v = (part.reshape(split) for part in stacked.chunk(3, 1))
        similar = _unit_length(q) @ _unit_length(k).transpose(-2, -1) * self.temperature
        attended = (self._weights(similar) @ v).reshape(batch, channels, height, width)
        result: Tensor = self.project_out(attended)
        return result

    def _weights(self, similar: Tensor) -> Tensor:
        """Turn [N, heads, c, c] into the weighted sum of the four masked softmaxes."""
        largest = similar.topk(self.kept[-1], dim=-1).values
        powers = torch.exp(similar - largest[..., :1])
        scales = (self.attn1, self.attn2, self.attn3, self.attn4)
        parts = []
        for kept, scale in zip(self.kept, scales, strict=True):
            chosen = powers * (similar >= largest[..., kept - 1 : kept]).to(powers.dtype)
            parts.append(chosen / chosen.sum(-1, keepdim=True) * scale)
        return parts[0] + parts[1] + parts[2] + parts[3]
