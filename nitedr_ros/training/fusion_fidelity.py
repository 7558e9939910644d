"""Scores of fusion that gradients flow through, of grey images [N, 1, H, W] in [0, 1].

They follow `nitedr_ros.metrics`, whose numbers they approach, and give one number a patch, [N].
"""

from __future__ import annotations

import torch
from torch import Tensor

from nitedr_ros.training.images import gaussian, gradients

_LEVELS = 255.0
_NOISE_VARIANCE = 2.0
_FAINT = 1e-4
"""Gradients below this have no direction to speak of."""


def structural_similarity(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean SSIM [N] of a range of 1: Gaussian window of 11 pixels, sigma 1.5."""

    def blur(image: Tensor) -> Tensor:
        return gaussian(image, 11, 1.5)

    mean_1, mean_2 = blur(first), blur(second)
    variance_1 = blur(first * first) - mean_1 * mean_1
    variance_2 = blur(second * second) - mean_2 * mean_2
    covariance = blur(first * second) - mean_1 * mean_2
    c1, c2 = 0.01**2, 0.03**2
    alike = (2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)
    total = (mean_1 * mean_1 + mean_2 * mean_2 + c1) * (variance_1 + variance_2 + c2)
    return (alike / total).mean((1, 2, 3))


def correlation(first: Tensor, second: Tensor) -> Tensor:
    """Return Pearson's correlation [N] over each patch."""
    one = first - first.mean((1, 2, 3), keepdim=True)
    other = second - second.mean((1, 2, 3), keepdim=True)
    spread = torch.sqrt((one * one).sum((1, 2, 3)) * (other * other).sum((1, 2, 3)) + 1e-6)
    return (one * other).sum((1, 2, 3)) / spread


def kept_edges(first: Tensor, second: Tensor, fused: Tensor) -> Tensor:
    """Return the share [N] of both sources' edges that is in `fused`, as Qabf counts it.

    Xydeas and Petrovic, "Objective image fusion performance measure", Electronics Letters 36,
    2000; directions are compared by their cosine, which has a slope everywhere.
    """
    across, down = gradients(fused)
    strength = _strength(across, down)
    kept, total = fused.new_zeros(fused.shape[0]), fused.new_zeros(fused.shape[0])
    for source in (first, second):
        source_across, source_down = gradients(source)
        weight = _strength(source_across, source_down)
        ratio = torch.minimum(weight, strength) / torch.maximum(weight, strength)
        cosine = (across * source_across + down * source_down).abs() / (weight * strength)
        alike = 1 - torch.acos(cosine.clamp(0, 1 - 1e-4)) / (torch.pi / 2)
        preserved = 0.9994 * torch.sigmoid(15 * (ratio - 0.5))
        preserved = preserved * 0.9879 * torch.sigmoid(22 * (alike - 0.8))
        kept = kept + (preserved * weight).sum((1, 2, 3))
        total = total + weight.sum((1, 2, 3))
    return kept / total


def information_fidelity(reference: Tensor, image: Tensor) -> Tensor:
    """Return the share [N] of the information in `reference` that is left in `image`, as VIF.

    Sheikh and Bovik, "Image information and visual quality", IEEE Trans. Image Processing 15,
    2006, in its pixel domain form. H and W are at least 41.
    """
    one, other = reference * _LEVELS, image * _LEVELS
    passed, offered = 0.0, 0.0
    for scale, side in enumerate((17, 9, 5, 3)):
        if scale > 0:
            one, other = (gaussian(each, side, side / 5)[..., ::2, ::2] for each in (one, other))
        mean_1, mean_2 = gaussian(one, side, side / 5), gaussian(other, side, side / 5)
        variance_1 = (gaussian(one * one, side, side / 5) - mean_1 * mean_1).clamp(min=0)
        variance_2 = (gaussian(other * other, side, side / 5) - mean_2 * mean_2).clamp(min=0)
        covariance = gaussian(one * other, side, side / 5) - mean_1 * mean_2
        gain = (covariance / (variance_1 + 0.1)).clamp(min=0)
        noise = (variance_2 - gain * covariance).clamp(min=0)
        ratio = gain * gain * variance_1 / (noise + _NOISE_VARIANCE)
        passed = passed + torch.log1p(ratio).sum((1, 2, 3))
        offered = offered + torch.log1p(variance_1 / _NOISE_VARIANCE).sum((1, 2, 3))
    return passed / (offered + 1.0)


def _strength(across: Tensor, down: Tensor) -> Tensor:
    return torch.sqrt(across * across + down * down + _FAINT**2)
