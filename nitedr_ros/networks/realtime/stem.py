"""The first convolution of CleanNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.cells import PIXELS, RGB
from nitedr_ros.networks.realtime.fusing import Fusible

DETAIL = 4.0
"""How much more what differs within a cell counts than what all of it has in common."""
MIDDLE = 0.4
"""About the mean of images."""


class Stem(Fusible):
    """Visible and thermal cells [N, PIXELS * (RGB + 1), h, w] → [N, outputs, h, w].

    It reads each pixel as DETAIL * (pixel - mean) + mean - MIDDLE, the mean being that of its
    colour in its cell. Streaks are small beside the brightness of what lies behind them, which
    otherwise rules all features, and what little is learnt is to brighten and darken. Deployed,
    it is a 1x1 convolution of the pixels themselves.
    """

    stride = 1

    def __init__(self, outputs: int) -> None:
        super().__init__()
        inputs = PIXELS * (RGB + 1)
        kernel = torch.empty(outputs, inputs)
        nn.init.kaiming_normal_(kernel, nonlinearity='relu')
        self.kernel = nn.Parameter(kernel)
        self.bias = nn.Parameter(torch.zeros(outputs))
        # Colours are next to each other, and the thermal image follows.
        means = torch.block_diag(
            torch.kron(torch.full((PIXELS, PIXELS), 1 / PIXELS), torch.eye(RGB)),
            torch.full((PIXELS, PIXELS), 1 / PIXELS),
        )
        self.register_buffer(
            'reading', DETAIL * torch.eye(inputs) + (1 - DETAIL) * means, persistent=False
        )

    def merged(self) -> tuple[Tensor, Tensor]:
        """Return kernel [outputs, inputs, 1, 1] and bias [outputs]."""
        return (self.kernel @ self.reading)[:, :, None, None], (
            self.bias - MIDDLE * self.kernel.sum(1)
        )
