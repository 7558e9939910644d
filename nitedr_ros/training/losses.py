"""What CleanNet is trained to minimise."""

from __future__ import annotations

import torch
from torch import Tensor

from nitedr_ros.training.images import gradients, luma
from nitedr_ros.training.settings import CleanWeights

LIGHT_RAIN = 0.1
"""Mean change by rain, of a range of 1, that counts half as much as none at all."""
GOOD = 3e-5
"""Mean squared error of luma, of a range of 1, that is good enough: 45 dB."""

Terms = dict[str, Tensor]
"""Scalars by name, each with its weight, whose sum is the loss."""


def charbonnier(first: Tensor, second: Tensor) -> Tensor:
    """Return the Charbonnier distance [N] of images [N, C, H, W]; its corner is at 0.001."""
    return torch.sqrt((first - second) ** 2 + 1e-6).mean((1, 2, 3))


def deraining_terms(
    derained: Tensor,
    *,
    rainy: Tensor,
    clean: Tensor,
    dry: Tensor,
    weights: CleanWeights,
) -> Terms:
    """Return how far a de-rained image is from the clean one.

    derained, rainy, clean: RGB [N, 3, H, W] in [0, 1]; dry [N]: 1 where nothing is to be taken
    out. All float32. Patches count by how little rain changes them: what is asked for is a gain
    in each, and the few that a veil changes all over would drown the others. Terms of weight 0
    are left out. Distances make a network keep what it is not sure of; `decibels`, with squares,
    make it take the mean of what may be behind, which is what PSNR asks for.
    """
    share = LIGHT_RAIN / (LIGHT_RAIN + (rainy - clean).abs().mean((1, 2, 3)))
    share = share / share.mean()
    grey, target = luma(derained), luma(clean)
    terms: Terms = {}
    if weights.colour:
        terms['colour'] = weights.colour * (share * charbonnier(derained, clean)).mean()
    if weights.luma:
        terms['luma'] = weights.luma * (share * charbonnier(grey, target)).mean()
    if weights.decibels:
        # PSNR but for the constant, without the slope towards infinity of patches without rain.
        squares = ((grey - target) ** 2).mean((1, 2, 3))
        terms['decibels'] = weights.decibels * torch.log1p(squares / GOOD).mean()
    if weights.edges:
        terms['edges'] = weights.edges * (share * _edges(grey, target)).mean()
    if weights.spectrum:
        terms['spectrum'] = weights.spectrum * (share * _spectrum(grey, target)).mean()
    if weights.dry:
        # Relative to all patches: relative to the dry ones alone it is so strong, and has so sharp
        # a corner, that to change nothing is learnt first and never left again.
        changed = (derained - rainy).abs().mean((1, 2, 3))
        terms['dry'] = weights.dry * (changed * dry).mean()
    return terms


def _edges(first: Tensor, second: Tensor) -> Tensor:
    pairs = zip(gradients(first), gradients(second), strict=True)
    return sum(
        ((one - other).abs().mean((1, 2, 3)) for one, other in pairs), first.new_zeros(len(first))
    )


def _spectrum(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean distance of the spectra, [N]; no frequency is overlooked for being weak."""
    difference: Tensor = torch.fft.rfft2(first - second, norm='ortho')
    # Not abs(): its slope at zero is not a number.
    return torch.view_as_real(difference).abs().mean((1, 2, 3, 4))
