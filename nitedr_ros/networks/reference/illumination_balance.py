"""Illumination balance: evens out the light of the fused image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_DARKEST = 1e-4


class IlluminationBalance(nn.Module):
    """Estimates how each pixel is lit.

    Inputs: fused image, float [N, 3, H, W] RGB, mostly in [0, 1] and not clamped; thermal image,
    float [N, 3, H, W], YCrCb in [-1, 1]. Output: illumination, float [N, 3, H, W] in [1e-4, 1].
    """

    def __init__(self) -> None:
        super().__init__()
        self.in_conv = nn.Sequential(nn.Conv2d(6, 6, 3, padding=1), nn.ReLU())
        # Checkpoints hold this block twice, under both names.
        self.conv = nn.Sequential(nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.blocks = nn.ModuleList([self.conv])
        self.out_conv = nn.Sequential(nn.Conv2d(6, 3, 3, padding=1), nn.Sigmoid())

    def forward(self, fused: Tensor, thermal: Tensor) -> Tensor:
        """Return the illumination."""
        features = self.in_conv(torch.cat([fused, thermal], 1))
        for block in self.blocks:
            features = features + block(features)
        return (self.out_conv(features) + fused).clamp(_DARKEST, 1)


class Refinement(nn.Module):
    """Divides the fused image by its illumination."""

    def __init__(self) -> None:
        super().__init__()
        self.balance = IlluminationBalance()

    def forward(self, fused: Tensor, thermal: Tensor) -> Tensor:
        """Return the refined image, [N, 3, H, W] RGB in [0, 1]; inputs as of the balance."""
        return (fused / self.balance(fused, thermal)).clamp(0, 1)
