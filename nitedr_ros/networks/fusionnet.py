"""FusionNet: brings what is warm into the de-rained visible image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.blocks import ResidualBlock, conv3x3

POOLING = 4
"""The surroundings are looked at this many times coarser than the features."""


class Surroundings(nn.Module):
    """What lies around each pixel, some 120 image pixels wide: [N, C, H, W] → the same.

    Whether something is warm shows against its surroundings only; a few dilated convolutions on
    coarse features see far at little cost. H and W must be multiples of POOLING.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.AvgPool2d(POOLING)]
        for dilation in (1, 2, 4):
            layers.append(nn.Conv2d(channels, channels, 3, 1, dilation, dilation))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Upsample(scale_factor=POOLING, mode='bilinear', align_corners=False))
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features' surroundings at the features' size."""
        around: Tensor = self.layers(features)
        return around


class FusionNet(nn.Module):
    """Predicts how much luma to add to the de-rained image, pixel by pixel.

    Inputs: de-rained image [N, 3, H, W] RGB and thermal image [N, 1, H, W], both in [0, 1] and
    of the same view; CleanNet's features [N, features, H/2, W/2]. H and W are multiples of 8.
    Output: fused image [N, 3, H, W] RGB, not clamped. The same amount is added to R, G and B, so
    that Cb and Cr (full-range BT.601) of the de-rained image stay as they are.
    """

    def __init__(self, features: int = 32, width: int = 24) -> None:
        super().__init__()
        self.unshuffle = nn.PixelUnshuffle(2)
        self.stem = nn.Sequential(conv3x3(12 + 4 + features, width), nn.ReLU(inplace=True))
        self.surroundings = Surroundings(width)
        self.body = ResidualBlock(width)
        self.head = nn.Sequential(conv3x3(width, 4), nn.PixelShuffle(2))

    def forward(self, derained: Tensor, thermal: Tensor, features: Tensor) -> Tensor:
        """Return the fused image."""
        stacked = torch.cat([self.unshuffle(derained), self.unshuffle(thermal), features], 1)
        local = self.stem(stacked)
        return derained + self.head(self.body(local + self.surroundings(local)))
