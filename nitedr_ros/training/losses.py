"""What the networks are trained to minimise."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)
"""Full-range BT.601 luma of RGB, the convention of OpenCV's COLOR_RGB2GRAY."""


def luma(rgb: Tensor) -> Tensor:
    """Return full-range luma [N, 1, H, W] of RGB [N, 3, H, W], both in [0, 1]."""
    weights = rgb.new_tensor(_LUMA).view(1, 3, 1, 1)
    return (rgb * weights).sum(1, keepdim=True)


def deraining_loss(derained: Tensor, clean: Tensor) -> Tensor:
    """Return the Charbonnier distance of two RGB images [N, 3, H, W], more weight on luma."""
    colour = torch.sqrt((derained - clean) ** 2 + 1e-6).mean()
    grey = torch.sqrt((luma(derained) - luma(clean)) ** 2 + 1e-6).mean()
    return 0.5 * colour + 0.5 * grey


def _gradients(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Sobel gradients in x and y of [N, 1, H, W]."""
    kernel = image.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4
    padded = functional.pad(image, (1, 1, 1, 1), mode='reflect')
    across = functional.conv2d(padded, kernel.view(1, 1, 3, 3))
    down = functional.conv2d(padded, kernel.t().reshape(1, 1, 3, 3))
    return across, down


def warm_saliency(thermal: Tensor) -> Tensor:
    """Return how far each thermal pixel stands out as warm, [N, 1, H, W] in [0, 1].

    Warm is what is brighter than its surroundings, so that a bright thermal sky or road, which
    fills the surroundings, does not count.
    """
    size = min(64, thermal.shape[-1] // 2, thermal.shape[-2] // 2) | 1
    padded = functional.pad(thermal, [size // 2] * 4, mode='reflect')
    # Rows, then columns: the same mean as over the square at a fraction of its cost.
    rows = functional.avg_pool2d(padded, (1, size), 1)
    surroundings = functional.avg_pool2d(rows, (size, 1), 1)
    return ((thermal - surroundings - 0.06) / 0.2).clamp(0, 1)


def fusion_loss(fused: Tensor, clean: Tensor, thermal: Tensor) -> Tensor:
    """Return how far a fused image is from showing both views, on luma.

    fused, clean: RGB [N, 3, H, W]; thermal: [N, 1, H, W]; all in [0, 1]. Two parts: brightness
    follows the clean visible image except where something warm stands out, which counts up to
    five times as much; and at each pixel the gradient follows whichever view has the larger one,
    its sign kept.
    """
    grey, visible = luma(fused), luma(clean)
    saliency = warm_saliency(thermal)
    target = visible + saliency * functional.relu(thermal - visible)
    brightness = ((grey - target).abs() * (1 + 4 * saliency)).mean()
    edges = grey.new_zeros(())
    for ours, theirs, warm in zip(
        _gradients(grey), _gradients(visible), _gradients(thermal), strict=True
    ):
        larger = torch.where(warm.abs() > theirs.abs(), warm, theirs)
        edges = edges + (ours - larger).abs().mean()
    return brightness + edges
