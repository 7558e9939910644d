"""What an image has that its surroundings of a few pixels do not have."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.cells import CELL, PIXELS

SIGMA = 2.0
"""Of the Gaussian mean that is taken off, pixels."""


class Detail(nn.Conv2d):
    """Each pixel less a Gaussian mean around it: grey cells [N, PIXELS, h, w] → the same.

    One fixed convolution of cells, which reaches CELL pixels to each side. What is beyond the
    border counts as black, so that some brightness is left in the outermost CELL pixels.
    """

    def __init__(self) -> None:
        super().__init__(PIXELS, PIXELS, 3, padding=1, bias=False)
        self.weight = nn.Parameter(_kernel(), requires_grad=False)


def _kernel() -> Tensor:
    """Return the kernel [PIXELS, PIXELS, 3, 3]; a cell's pixels are ordered row, column."""
    around = torch.arange(3 * CELL) - CELL
    distance = around[None, :] - torch.arange(CELL)[:, None]
    weight = torch.exp(-(distance**2) / (2 * SIGMA**2)) * (distance.abs() <= CELL)
    weight = weight / weight.sum(1, keepdim=True)
    mean = torch.einsum('yr,xc->yxrc', weight, weight)
    # Rows and columns around a cell are those of three cells each way.
    cells = mean.reshape(CELL, CELL, 3, CELL, 3, CELL).permute(0, 1, 3, 5, 2, 4)
    kernel = -cells.reshape(PIXELS, PIXELS, 3, 3)
    kernel[:, :, 1, 1] += torch.eye(PIXELS)
    return kernel
