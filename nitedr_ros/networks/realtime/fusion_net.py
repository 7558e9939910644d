"""FusionNet: brings what is warm into the de-rained visible image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.activation import activated
from nitedr_ros.networks.realtime.blocks import Surroundings, layers
from nitedr_ros.networks.realtime.cells import (
    PIXELS,
    channels_first,
    channels_last,
    grey_kernel,
    luma_kernel,
)
from nitedr_ros.networks.realtime.detail import Detail
from nitedr_ros.networks.realtime.rep_conv import RepConv
from nitedr_ros.networks.realtime.sizes import PairSize

_TOWARDS, _DETAIL = 0.4, 0.4
"""What an untrained network takes of the difference to the thermal image, and of its detail."""
_START = 0.1
"""Of the usual starting weights of the head."""


class FusionNet(nn.Module):
    """Predicts, pixel by pixel, what of the thermal image the de-rained one takes up.

    It reads the de-rained image's luma, the thermal image and CleanNet's features, and predicts
    three numbers a pixel: how far luma moves towards the thermal image, how much of the thermal
    image's detail is added, and what is added beside. The sum is added to R, G and B alike, so
    that Cb and Cr (full-range BT.601) of the de-rained image stay as they are; without a thermal
    image nothing is added.

    To predict shares, not what is added itself, is what makes it possible to choose between two
    images with a few channels a pixel: the pixels themselves need not pass through them.
    """

    def __init__(self, size: PairSize) -> None:
        super().__init__()
        width = size.fusion_width
        self.luma = _fixed(luma_kernel())
        self.grey = _fixed(grey_kernel())
        self.detail = Detail()
        self.stem = RepConv(2 * PIXELS, width)
        self.reading = nn.Conv2d(size.widths[0], width, size.side, size.side)
        self.surroundings = Surroundings(width)
        self.body = layers(width, size.fusion_depth)
        self.head = nn.Conv2d(width, 3 * PIXELS, 1)
        with torch.no_grad():
            self.head.weight *= _START
            shares = torch.tensor([_TOWARDS, _DETAIL, 0.0])
            self.head.bias.copy_(shares.repeat_interleave(PIXELS))

    def forward(
        self, derained: Tensor, thermal: Tensor, present: Tensor, features: Tensor
    ) -> Tensor:
        """Return the fused cells [N, h, w, PIXELS * 3], not clamped.

        derained: RGB cells [N, h, w, PIXELS * 3] and thermal: [N, h, w, PIXELS], in [0, 1].
        present: [N, 1, 1, 1]. features: CleanNet's, [N, widths[0], side * h, side * w].
        """
        luma, warmth = self.luma(channels_first(derained)), channels_first(thermal)
        local = activated(self.stem(torch.cat([luma, warmth], 1)) + self.reading(features))
        taken = self.head(self.body(local + self.surroundings(local)))
        towards, detail, beside = taken.split(PIXELS, 1)
        added = towards * (warmth - luma) + detail * self.detail(warmth) + beside
        return derained + present * channels_last(self.grey(added))


def _fixed(kernel: Tensor) -> nn.Conv2d:
    """Return a 1x1 convolution that does not learn."""
    outputs, inputs = kernel.shape[:2]
    fixed = nn.Conv2d(inputs, outputs, 1, bias=False)
    fixed.weight = nn.Parameter(kernel, requires_grad=False)
    return fixed
