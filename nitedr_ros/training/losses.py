"""What CleanNet is trained to minimise."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nitedr_ros.training.images import gradients, luma
from nitedr_ros.training.settings import CleanWeights

RAIN_FOR_FULL_GATE = 0.06
"""Change of luma by rain from which on the gate should be fully open, of a range of 1."""

Terms = dict[str, Tensor]
"""Scalars by name, each with its weight, whose sum is the loss."""


def charbonnier(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean Charbonnier distance of two images of one shape; its corner is at 0.001."""
    return torch.sqrt((first - second) ** 2 + 1e-6).mean()


def deraining_terms(
    derained: Tensor,
    gate: Tensor,
    *,
    rainy: Tensor,
    clean: Tensor,
    dry: Tensor,
    weights: CleanWeights,
) -> Terms:
    """Return how far a de-rained image is from the clean one, and the gate from the rain.

    derained, rainy, clean: RGB [N, 3, H, W] in [0, 1]; gate [N, 1, h, w] in [0, 1], h and w parts
    of H and W; dry [N]: 1 where nothing is to be taken out. All float32. Terms of weight 0 are
    left out.
    """
    grey, target = luma(derained), luma(clean)
    terms: Terms = {}
    if weights.colour:
        terms['colour'] = weights.colour * charbonnier(derained, clean)
    if weights.luma:
        terms['luma'] = weights.luma * charbonnier(grey, target)
    if weights.edges:
        terms['edges'] = weights.edges * _edges(grey, target)
    if weights.spectrum:
        terms['spectrum'] = weights.spectrum * _spectrum(grey, target)
    if weights.dry:
        # Relative to all patches: relative to the dry ones alone it is so strong, and has so sharp
        # a corner, that to change nothing is learnt first and never left again.
        changed = (derained - rainy).abs().mean((1, 2, 3))
        terms['dry'] = weights.dry * (changed * dry).mean()
    if weights.gate:
        terms['gate'] = weights.gate * ((gate - wanted_gate(rainy, clean, gate)) ** 2).mean()
    return terms


def wanted_gate(rainy: Tensor, clean: Tensor, gate: Tensor) -> Tensor:
    """Return how far the gate should be open, of the shape of `gate`: where rain changes luma."""
    changed = (luma(rainy) - luma(clean)).abs() / RAIN_FOR_FULL_GATE
    return functional.adaptive_avg_pool2d(changed.clamp(max=1), gate.shape[-2:])


def _edges(first: Tensor, second: Tensor) -> Tensor:
    pairs = zip(gradients(first), gradients(second), strict=True)
    return sum(((one - other).abs().mean() for one, other in pairs), first.new_zeros(()))


def _spectrum(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean distance of the spectra; no frequency is overlooked for being weak."""
    difference: Tensor = torch.fft.rfft2(first - second, norm='ortho')
    # Not abs(): its slope at zero is not a number.
    return torch.view_as_real(difference).abs().mean()
