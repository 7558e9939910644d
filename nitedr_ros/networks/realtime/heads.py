"""From features to what is added to the image's cells."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.cells import PIXELS, RGB
from nitedr_ros.networks.realtime.fusing import Fusible

_START = 0.1
"""Of the usual starting weights: an untrained network gives nearly what it was given."""


class ColourHead(Fusible):
    """Adds to R, G and B: [N, width, side * h, side * w] → [N, PIXELS * 3, h, w].

    side: places of the features a side of each cell. What all three have in common is learnt from
    all three at once, since rain is grey mostly; what they have of their own starts at zero.
    """

    def __init__(self, width: int, side: int = 1) -> None:
        super().__init__()
        self.stride = side
        start = _START * (width * side**2) ** -0.5
        self.luma = nn.Parameter(torch.randn(PIXELS, width, side, side) * start)
        self.bias = nn.Parameter(torch.zeros(PIXELS))
        self.colour = nn.Parameter(torch.zeros(PIXELS * RGB, width, side, side))

    def merged(self) -> tuple[Tensor, Tensor]:
        """Return kernel and bias, each luma row three times and what is each colour's own."""
        kernel = self.luma.repeat_interleave(RGB, 0) + self.colour
        return kernel, self.bias.repeat_interleave(RGB, 0)
