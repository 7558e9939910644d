"""Luma, gradients and local means of batches of images, for losses.

All images are float [N, C, H, W] in [0, 1]; the same size comes back, borders are reflected.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)
"""Full-range BT.601 luma of RGB, the convention of OpenCV's COLOR_RGB2GRAY."""


def luma(rgb: Tensor) -> Tensor:
    """Return full-range luma [N, 1, H, W] of RGB [N, 3, H, W]."""
    weights = rgb.new_tensor(_LUMA).view(1, 3, 1, 1)
    return (rgb * weights).sum(1, keepdim=True)


def gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Sobel gradients in x and y of [N, 1, H, W], per pixel of distance."""
    kernel = image.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4
    padded = functional.pad(image, (1, 1, 1, 1), mode='reflect')
    across = functional.conv2d(padded, kernel.view(1, 1, 3, 3))
    down = functional.conv2d(padded, kernel.t().reshape(1, 1, 3, 3))
    return across, down


def gaussian(image: Tensor, side: int, sigma: float) -> Tensor:
    """Return the Gaussian mean of [N, 1, H, W] where a window of `side` pixels is wholly inside.

    Result: [N, 1, H - side + 1, W - side + 1].
    """
    distance = torch.arange(side, dtype=image.dtype, device=image.device) - side // 2
    kernel = torch.exp(-(distance**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    rows = functional.conv2d(image, kernel.view(1, 1, 1, side))
    return functional.conv2d(rows, kernel.view(1, 1, side, 1))


def box(image: Tensor, side: int) -> Tensor:
    """Return the mean over a square of an odd number of pixels."""
    padded = functional.pad(image, [side // 2] * 4, mode='reflect')
    # Rows, then columns: the same mean as over the square at a fraction of its cost.
    rows = functional.avg_pool2d(padded, (1, side), 1)
    return functional.avg_pool2d(rows, (side, 1), 1)
