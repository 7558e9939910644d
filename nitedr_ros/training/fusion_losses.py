"""What FusionNet is trained to minimise.

What is wanted: warm people and cars stand out; the texture of both views and the true colours are
kept; no halo around what is warm, no black washed out, no lamp burnt, no sky lifted.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nitedr_ros.training.fusion_fidelity import (
    correlation,
    information_fidelity,
    kept_edges,
    structural_similarity,
)
from nitedr_ros.training.images import box, gradients, highest, luma
from nitedr_ros.training.losses import Terms
from nitedr_ros.training.settings import FusionWeights

_LAMP = 0.85
"""Luma of the clean image from which on something small is a lamp."""
_LAMP_SURROUNDINGS = 48
"""Side of what a lamp stands out of, pixels; a bright sky fills it."""
_NEAR = 7
"""Side of the neighbourhood within which a fused pixel's sources lie, pixels."""


def warm_saliency(thermal: Tensor) -> Tensor:
    """Return how far each thermal pixel stands out as warm, [N, 1, H, W] in [0, 1].

    Warm is what is brighter than its surroundings, so that a bright thermal sky or road, which
    fills the surroundings, does not count.
    """
    size = min(64, thermal.shape[-1] // 2, thermal.shape[-2] // 2) | 1
    return ((thermal - box(thermal, size) - 0.06) / 0.2).clamp(0, 1)


@dataclass(frozen=True)
class _Views:
    """Grey images [N, 1, H, W]; thermal is the visible image itself where there is none."""

    fused: Tensor
    visible: Tensor
    thermal: Tensor
    warm: Tensor
    present: Tensor


def fusion_terms(
    fused: Tensor, *, clean: Tensor, thermal: Tensor, present: Tensor, weights: FusionWeights
) -> Terms:
    """Return how far a fused image is from what is wanted of it, each term with its weight.

    fused, clean: RGB [N, 3, H, W]; thermal: [N, 1, H, W]; all float32 in [0, 1]; present [N]: 0
    where there is no thermal image, and the clean one alone is wanted. H and W are at least 64.
    Terms of weight 0 are left out.
    """
    there = present.view(-1, 1, 1, 1)
    visible = luma(clean)
    views = _Views(
        luma(fused),
        visible,
        torch.where(there > 0, thermal, visible),
        warm_saliency(thermal) * there,
        present,
    )
    terms: Terms = {}
    for name, term in _TERMS.items():
        if weight := getattr(weights, name):
            terms[name] = weight * term(views, weights)
    if weights.colour:
        chroma = (fused - views.fused) - (clean - visible)
        terms['colour'] = weights.colour * chroma.abs().mean()
    return terms


def wanted_brightness(views: _Views, weights: FusionWeights) -> Tensor:
    """Return the luma that is wanted: the visible, drawn to the thermal, most of it where warm."""
    towards = views.thermal - views.visible
    share = weights.thermal_share
    # A lamp stays a lamp, and black stays black, however bright the thermal image is there.
    share = share * (1 - _lamps(views))
    warm = torch.maximum(share, weights.warm_share * views.warm)
    return views.visible + torch.where(towards > 0, warm, share) * towards


def _lamps(views: _Views) -> Tensor:
    """Return how much of a lamp each pixel is: bright, and brighter than its surroundings."""
    bright = ((views.visible - _LAMP) / (1 - _LAMP)).clamp(0, 1)
    size = min(_LAMP_SURROUNDINGS, views.visible.shape[-1] // 2, views.visible.shape[-2] // 2) | 1
    standing_out = ((views.visible - box(views.visible, size)) / 0.3).clamp(0, 1)
    return bright * standing_out


def _intensity(views: _Views, weights: FusionWeights) -> Tensor:
    distance = (views.fused - wanted_brightness(views, weights)).abs()
    return (distance * (1 + 4 * views.warm)).mean()


def _gradient(views: _Views, _: FusionWeights) -> Tensor:
    """The gradient follows whichever view has the larger one, its sign kept."""
    total = views.fused.new_zeros(())
    for ours, theirs, warm in zip(
        gradients(views.fused), gradients(views.visible), gradients(views.thermal), strict=True
    ):
        larger = torch.where(warm.abs() > theirs.abs(), warm, theirs)
        total = total + (ours - larger).abs().mean()
    return total


def _structure(views: _Views, _: FusionWeights) -> Tensor:
    similar = [structural_similarity(views.fused, each) for each in (views.visible, views.thermal)]
    return (1 - torch.stack(similar)).mean()


def _squares(views: _Views, _: FusionWeights) -> Tensor:
    distances = [((views.fused - each) ** 2).mean() for each in (views.visible, views.thermal)]
    return torch.stack(distances).mean()


def _correlation(views: _Views, _: FusionWeights) -> Tensor:
    alike = [correlation(views.fused, each) for each in (views.visible, views.thermal)]
    return (1 - torch.stack(alike)).mean()


def _kept_edges(views: _Views, _: FusionWeights) -> Tensor:
    return (1 - kept_edges(views.visible, views.thermal, views.fused)).mean()


def _fidelity(views: _Views, _: FusionWeights) -> Tensor:
    kept = [information_fidelity(each, views.fused) for each in (views.visible, views.thermal)]
    return (1 - torch.stack(kept)).mean()


def _halo(views: _Views, _: FusionWeights) -> Tensor:
    """A fused pixel lies between the darkest and the brightest that both views have around it."""
    above = highest(torch.maximum(views.visible, views.thermal), _NEAR)
    below = -highest(-torch.minimum(views.visible, views.thermal), _NEAR)
    over = functional.relu(views.fused - above) + functional.relu(below - views.fused)
    return over.mean()


def _lift(views: _Views, _: FusionWeights) -> Tensor:
    """Black and sky: where nothing is warm, what is dark is not lifted by the thermal image."""
    dark = (1 - views.visible / 0.25).clamp(0, 1) * (1 - views.warm)
    return (functional.relu(views.fused - views.visible) * dark).mean()


def _lamp_distance(views: _Views, _: FusionWeights) -> Tensor:
    return ((views.fused - views.visible).abs() * _lamps(views)).mean()


_TERMS = {
    'intensity': _intensity,
    'gradient': _gradient,
    'structure': _structure,
    'squares': _squares,
    'correlation': _correlation,
    'kept_edges': _kept_edges,
    'fidelity': _fidelity,
    'halo': _halo,
    'lift': _lift,
    'lamps': _lamp_distance,
}
