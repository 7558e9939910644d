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
    # Differences of views: a convolution of one channel takes ten times as long on a CPU.
    padded = functional.pad(image, (1, 1, 1, 1), mode='reflect')
    across = padded[..., 2:] - padded[..., :-2]
    across = (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 4
    down = padded[..., 2:, :] - padded[..., :-2, :]
    down = (down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]) / 4
    return across, down


def gaussian(image: Tensor, side: int, sigma: float) -> Tensor:
    """Return the Gaussian mean of [N, 1, H, W] where a window of `side` pixels is wholly inside.

    Result: [N, 1, H - side + 1, W - side + 1].
    """
    distance = torch.arange(side, dtype=image.dtype, device=image.device) - side // 2
    kernel = torch.exp(-(distance**2) / (2 * sigma**2))
    return _weighted(image, kernel / kernel.sum())


def box(image: Tensor, side: int) -> Tensor:
    """Return the mean over a square of an odd number of pixels."""
    padded = functional.pad(image, [side // 2] * 4, mode='reflect')
    return _weighted(padded, image.new_full((side,), 1 / side))


def highest(image: Tensor, side: int) -> Tensor:
    """Return the highest value within a square of an odd number of pixels."""
    rows = functional.max_pool2d(image, (1, side), 1, (0, side // 2))
    return functional.max_pool2d(rows, (side, 1), 1, (side // 2, 0))


def _weighted(image: Tensor, kernel: Tensor) -> Tensor:
    """Return sums over windows, weighted with `kernel` in rows and in columns.

    As products with two band matrices, which take a tenth of a convolution's time for patches.
    """
    return _band(image.shape[-2], kernel) @ image @ _band(image.shape[-1], kernel).t()


def _band(size: int, kernel: Tensor) -> Tensor:
    """Return the matrix [size - k + 1, size] with `kernel` [k] in each row, one place further."""
    side = len(kernel)
    places = torch.arange(size, device=kernel.device)
    within = places[None, :] - places[: size - side + 1, None]
    inside = (within >= 0) & (within < side)
    return torch.where(inside, kernel[within.clamp(0, side - 1)], 0.0)
