"""Images as cells: CELL x CELL neighbouring pixels become the channels of one place, and back.

Images and cells have their channels last, [N, H, W, C], and those of a cell are ordered row,
column, colour, so that whole runs of values move from one to the other. What is computed on
images is computed on cells with channels last too, since that is how convolutions compute inside;
a runtime would move the values to and fro otherwise, which takes longer than the arithmetic.
"""

from __future__ import annotations

import torch
from torch import Tensor

RGB = 3
CELL = 4
"""Pixels a side of a cell."""
PIXELS = CELL * CELL
LUMA = (0.299, 0.587, 0.114)
"""Full-range BT.601 luma of R, G and B."""


def to_cells(image: Tensor, cell: int = CELL) -> Tensor:
    """Return the cells [N, H / cell, W / cell, cell * cell * C] of an image [N, H, W, C]."""
    count, height, width, channels = image.shape
    rows, columns, run = height // cell, width // cell, cell * channels
    cut = image.reshape(count, rows, cell, columns, run).permute(0, 1, 3, 2, 4)
    return cut.reshape(count, rows, columns, cell * run)


def from_cells(cells: Tensor, cell: int = CELL) -> Tensor:
    """Return the image [N, H, W, C] of cells [N, H / cell, W / cell, cell * cell * C]."""
    count, rows, columns, channels = cells.shape
    run = channels // cell
    cut = cells.reshape(count, rows, columns, cell, run)
    joined = cut.permute(0, 1, 3, 2, 4)
    return joined.reshape(count, rows * cell, columns * cell, run // cell)


def channels_first(cells: Tensor) -> Tensor:
    """Return [N, h, w, C] as [N, C, h, w]."""
    return cells.permute(0, 3, 1, 2)


def channels_last(features: Tensor) -> Tensor:
    """Return [N, C, h, w] as [N, h, w, C]."""
    return features.permute(0, 2, 3, 1)


def luma_kernel() -> Tensor:
    """Return the 1x1 kernel [PIXELS, PIXELS * 3, 1, 1] from RGB cells to luma cells."""
    kernel = torch.kron(torch.eye(PIXELS), torch.tensor([LUMA]))
    return kernel.reshape(PIXELS, PIXELS * RGB, 1, 1)


def grey_kernel() -> Tensor:
    """Return the 1x1 kernel [PIXELS * 3, PIXELS, 1, 1] from grey cells to RGB cells."""
    kernel = torch.kron(torch.eye(PIXELS), torch.ones(RGB, 1))
    return kernel.reshape(PIXELS * RGB, PIXELS, 1, 1)
