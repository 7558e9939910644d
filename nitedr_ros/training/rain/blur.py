"""Gaussian blur of batches."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


def gaussian_blur(
    image: Tensor,
    sigma_px: float,
    *,
    border: Literal['replicate', 'circular'] = 'replicate',
    axes: Literal['both', 'rows'] = 'both',
) -> Tensor:
    """Blur float32 [N, C, H, W]; `axes` 'rows' blurs along columns of pixels only (vertically)."""
    radius = max(1, math.ceil(3 * sigma_px))
    offsets = torch.arange(-radius, radius + 1, device=image.device, dtype=image.dtype)
    kernel = torch.exp(-0.5 * (offsets / sigma_px) ** 2)
    kernel = kernel / kernel.sum()
    channels = image.shape[1]
    down = kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    padded = functional.pad(image, (0, 0, radius, radius), mode=border)
    image = functional.conv2d(padded, down, groups=channels)
    if axes == 'rows':
        return image
    across = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    padded = functional.pad(image, (radius, radius, 0, 0), mode=border)
    return functional.conv2d(padded, across, groups=channels)


def shrink(image: Tensor, factor: int) -> Tensor:
    """Average blocks of `factor` x `factor` pixels, which must fit into [N, C, H, W]."""
    return functional.avg_pool2d(image, factor)


def enlarge(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize [N, C, h, w] to [N, C, *size] bilinearly."""
    return functional.interpolate(image, size=size, mode='bilinear', align_corners=False)


def smooth_field(
    count: int, cells: int, size: tuple[int, int], generator: torch.Generator
) -> Tensor:
    """Draw smooth random fields, float32 [count, 1, *size] in [0, 1], of `cells` x `cells`."""
    coarse = torch.rand(count, 1, cells, cells, generator=generator, device=generator.device)
    return enlarge(coarse, size)
