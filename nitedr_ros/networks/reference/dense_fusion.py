"""The dense network that fuses two lumas into one."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

_GROWTH = 44
_DENSE_LAYERS = 5
_NARROWING = (128, 64, 32)
_SLOPE = 0.2


def _activated(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(_SLOPE))


class _DenseLayer(nn.Module):
    """A convolution whose output is put behind its input: [N, C, H, W] → [N, C + 44, H, W]."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = _activated(inputs, _GROWTH)

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features, self.conv(features)], 1)


class DenseFusion(nn.Module):
    """Fuses visible and thermal luma.

    Inputs: visible luma and thermal luma, float [N, 1, H, W] in [-1, 1], of the same view and any
    size. Output: fused luma, float [N, 1, H, W] in [-1, 1].
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = _activated(2, _GROWTH)
        self.dense_layers = nn.ModuleList(
            _DenseLayer(_GROWTH * (index + 1)) for index in range(_DENSE_LAYERS)
        )
        widths = (_GROWTH * (_DENSE_LAYERS + 1), *_NARROWING)
        narrowing = [_activated(*pair) for pair in itertools.pairwise(widths)]
        last = nn.Conv2d(widths[-1], 1, 3, padding=1)
        self.sub = nn.Sequential(*narrowing, last, nn.Tanh())

    def forward(self, visible: Tensor, thermal: Tensor) -> Tensor:
        """Return the fused luma."""
        features = self.conv_1(torch.cat([visible, thermal], 1))
        for layer in self.dense_layers:
            features = layer(features)
        fused: Tensor = self.sub(features)
        return fused
