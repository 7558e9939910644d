"""FusionNet: brings what is warm into the de-rained visible image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.blocks import ResidualBlock, conv3x3


class FusionNet(nn.Module):
    """Predicts how much luma to add to the de-rained image, pixel by pixel.

    Inputs: de-rained image [N, 3, H, W] RGB and thermal image [N, 1, H, W], both in [0, 1] and
    of the same view; CleanNet's features [N, features, H/2, W/2].
    Output: fused image [N, 3, H, W] RGB, not clamped. The same amount is added to R, G and B, so
    that Cb and Cr (full-range BT.601) of the de-rained image stay as they are.
    """

    def __init__(self, features: int = 32, width: int = 24) -> None:
        super().__init__()
        self.unshuffle = nn.PixelUnshuffle(2)
        self.stem = nn.Sequential(conv3x3(12 + 4 + features, width), nn.ReLU(inplace=True))
        self.body = ResidualBlock(width)
        self.head = nn.Sequential(conv3x3(width, 4), nn.PixelShuffle(2))

    def forward(self, derained: Tensor, thermal: Tensor, features: Tensor) -> Tensor:
        """Return the fused image."""
        stacked = torch.cat([self.unshuffle(derained), self.unshuffle(thermal), features], 1)
        return derained + self.head(self.body(self.stem(stacked)))
