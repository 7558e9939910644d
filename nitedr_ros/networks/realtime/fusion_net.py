"""FusionNet: brings what is warm into the de-rained visible image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.activation import activated
from nitedr_ros.networks.realtime.blocks import Surroundings, layers
from nitedr_ros.networks.realtime.cells import (
    PIXELS,
    RGB,
    channels_first,
    channels_last,
    luma_kernel,
)
from nitedr_ros.networks.realtime.heads import LumaHead
from nitedr_ros.networks.realtime.rep_conv import RepConv
from nitedr_ros.networks.realtime.sizes import PairSize


class FusionNet(nn.Module):
    """Predicts how much luma to add to the de-rained image, pixel by pixel.

    It reads the de-rained image's luma, the thermal image and CleanNet's features. The same
    amount is added to R, G and B, so that Cb and Cr (full-range BT.601) of the de-rained image
    stay as they are; without a thermal image nothing is added.
    """

    def __init__(self, size: PairSize) -> None:
        super().__init__()
        width = size.fusion_width
        self.luma = nn.Conv2d(PIXELS * RGB, PIXELS, 1, bias=False)
        self.luma.weight = nn.Parameter(luma_kernel(), requires_grad=False)
        self.stem = RepConv(2 * PIXELS, width)
        self.reading = nn.Conv2d(size.widths[0], width, size.side, size.side)
        self.surroundings = Surroundings(width)
        self.body = layers(width, size.fusion_depth)
        self.head = LumaHead(width)

    def forward(
        self, derained: Tensor, thermal: Tensor, present: Tensor, features: Tensor
    ) -> Tensor:
        """Return the fused cells [N, h, w, PIXELS * 3], not clamped.

        derained: RGB cells [N, h, w, PIXELS * 3] and thermal: [N, h, w, PIXELS], in [0, 1].
        present: [N, 1, 1, 1]. features: CleanNet's, [N, widths[0], side * h, side * w].
        """
        both = torch.cat([self.luma(channels_first(derained)), channels_first(thermal)], 1)
        local = activated(self.stem(both) + self.reading(features))
        added = self.head(self.body(local + self.surroundings(local)))
        return derained + present * channels_last(added)
