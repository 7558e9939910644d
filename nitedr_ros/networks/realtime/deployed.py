"""The graph that is shipped: camera bytes in, image bytes out, one branch per convolution."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.cells import from_cells, to_cells
from nitedr_ros.networks.realtime.fusing import fuse
from nitedr_ros.networks.realtime.pair import Pair

_WHITE = 255.0


def _to_bytes(cells: Tensor) -> Tensor:
    """Return cells in [0, 1] as an image of bytes, uint8 [1, H, W, 3]."""
    return from_cells((cells.clamp(0, 1) * _WHITE).round()).to(torch.uint8)


class Deployed(nn.Module):
    """A fused pair with all conversions.

    Inputs: `visible` uint8 [1, H, W, 3] RGB and `thermal` uint8 [1, H, W] of the same view, H and
    W multiples of `stride`; a thermal image that is 0 everywhere counts as none. Outputs: `fused`
    and `derained`, uint8 [1, H, W, 3] RGB, halves rounded to even.
    """

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.clean = copy.deepcopy(pair.clean)
        self.fusion = copy.deepcopy(pair.fusion)
        fuse(self)
        self.stride = pair.stride

    def forward(self, visible: Tensor, thermal: Tensor) -> tuple[Tensor, Tensor]:
        """Return the fused and the de-rained image."""
        colours = to_cells(visible.float()) / _WHITE
        warmth = to_cells(thermal.float().unsqueeze(-1)) / _WHITE
        present = (warmth.amax((1, 2, 3), keepdim=True) * _WHITE).clamp(max=1)
        cleaned = self.clean(colours, warmth, present)
        derained = cleaned.cells.clamp(0, 1)
        fused = self.fusion(derained, warmth, present, cleaned.features)
        return _to_bytes(fused), _to_bytes(derained)


def deployed(pair: Pair) -> Deployed:
    """Return the graph to ship of a trained pair, on the CPU, in float32; the pair stays."""
    return Deployed(pair).cpu().float().eval()
