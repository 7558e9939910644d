"""Both networks as they are trained: images in, images out."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from nitedr_ros.networks.realtime.cells import channels_first, channels_last, from_cells, to_cells
from nitedr_ros.networks.realtime.clean_net import CleanNet
from nitedr_ros.networks.realtime.fusion_net import FusionNet
from nitedr_ros.networks.realtime.sizes import PairSize


class Restoration(NamedTuple):
    """What a pair makes of a frame.

    derained, fused: [N, 3, H, W] RGB, not clamped. features: CleanNet's,
    [N, widths[0], side * h, side * w].
    """

    derained: Tensor
    fused: Tensor
    features: Tensor


class Pair(nn.Module):
    """CleanNet feeding FusionNet; any multiples of `stride` pixels."""

    def __init__(self, size: PairSize) -> None:
        super().__init__()
        self.size = size
        self.clean = CleanNet(size)
        self.fusion = FusionNet(size)

    @property
    def stride(self) -> int:
        """Height and width of images must be multiples of this many pixels."""
        return self.size.stride

    def forward(self, visible: Tensor, thermal: Tensor, present: Tensor) -> Restoration:
        """Restore frames.

        visible: rainy, RGB [N, 3, H, W], and thermal: [N, 1, H, W] of the same view, in [0, 1].
        present: [N], 1.0 where there is a thermal image; where 0.0, thermal is not looked at.
        FusionNet reads the de-rained image clamped, and its gradients reach CleanNet.
        """
        there = present.to(visible.dtype).view(-1, 1, 1, 1)
        colours = to_cells(channels_last(visible))
        warmth = to_cells(channels_last(thermal)) * there
        cleaned = self.clean(colours, warmth, there)
        fused = self.fusion(cleaned.cells.clamp(0, 1), warmth, there, cleaned.features)
        return Restoration(
            channels_first(from_cells(cleaned.cells)),
            channels_first(from_cells(fused)),
            cleaned.features,
        )
