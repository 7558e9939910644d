"""CleanNet: takes the rain out of the visible image, guided by the thermal one."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.activation import activated
from nitedr_ros.networks.realtime.blocks import Down, Up, layers
from nitedr_ros.networks.realtime.cells import PIXELS, RGB, channels_first, channels_last
from nitedr_ros.networks.realtime.global_branch import GlobalBranch
from nitedr_ros.networks.realtime.heads import ColourHead
from nitedr_ros.networks.realtime.sizes import PairSize
from nitedr_ros.networks.realtime.stem import Stem


class Cleaned(NamedTuple):
    """CleanNet's outputs.

    cells: de-rained image [N, h, w, PIXELS * 3], not clamped. features: [N, widths[0], side * h,
    side * w], side as of PairSize.
    """

    cells: Tensor
    features: Tensor


class CleanNet(nn.Module):
    """A U-Net on cells. Output = input + local correction + gain * input + offset.

    Rain hardly shows in the thermal image, which so tells rain from what is there. Gain and offset
    are of the whole image, for its veil.
    """

    def __init__(self, size: PairSize) -> None:
        super().__init__()
        widths = size.widths
        stem = Stem(widths[0] * size.side**2)
        self.stem = Up(PIXELS * (RGB + 1), widths[0], size.side, stem)
        steps = list(pairwise(widths))
        self.encoders = nn.ModuleList(
            layers(width, depth) for width, depth in zip(widths[:-1], size.down, strict=False)
        )
        self.downs = nn.ModuleList(Down(fine, coarse) for fine, coarse in steps)
        self.whole = GlobalBranch(widths[-1])
        self.bottom = layers(widths[-1], size.down[-1])
        self.ups = nn.ModuleList(Up(coarse, fine) for fine, coarse in steps)
        self.decoders = nn.ModuleList(
            layers(width, depth) for width, depth in zip(widths, size.up, strict=False)
        )
        self.head = ColourHead(widths[0], size.side)

    def forward(self, visible: Tensor, thermal: Tensor, present: Tensor) -> Cleaned:
        """De-rain cells.

        visible: RGB [N, h, w, PIXELS * 3] and thermal: [N, h, w, PIXELS], in [0, 1].
        present: [N, 1, 1, 1], 0 where there is no thermal image; thermal must be 0 there.
        """
        both = channels_first(torch.cat([visible, thermal], -1))
        features = activated(self.stem(both))
        skipped = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            skipped.append(encoder(features))
            features = down(skipped[-1])
        shift, gain, offset = self.whole(features, present)
        features = self.bottom(features + shift)
        for level in reversed(range(len(skipped))):
            features = activated(skipped[level] + self.ups[level](features))
            features = self.decoders[level](features)
        cells = visible + channels_last(self.head(features)) + (gain * visible + offset)
        return Cleaned(cells, features)
