"""Light lost in rain that is too far to be resolved, and light scattered by it."""

from __future__ import annotations

import torch
from torch import Tensor

from nitedr_ros.training.rain.blur import enlarge, gaussian_blur, shrink, smooth_field
from nitedr_ros.training.rain.lighting import COARSE, Lighting

MIST = 0.35
"""Optical depth of mist, as a share of that of a veil."""


def depth_cue(thermal: Tensor, drawn: dict[str, Tensor], generator: torch.Generator) -> Tensor:
    """Guess how far away the scene is, float32 [N, 1, h, w] in [0, 1], in blocks of COARSE.

    thermal: float32 [N, 1, H, W], all zero where there is none. Rows below the horizon come
    nearer; what is colder than the rest is sky and background.
    """
    coarse = gaussian_blur(shrink(thermal, COARSE), 1.0)
    count, _, height, width = coarse.shape
    row = torch.linspace(-1, 1, height, device=thermal.device)[None, None, :, None]
    below = (row - drawn['horizon']).clamp_min(0)
    far = (1 / (1 + drawn['approach'] * below)).expand(count, 1, height, width)
    low = coarse.amin(dim=(2, 3), keepdim=True)
    high = coarse.amax(dim=(2, 3), keepdim=True)
    cold = (high - coarse) / (high - low).clamp_min(0.05)
    weight = drawn['thermal'] * (high > 0)
    far = torch.lerp(far, cold, weight)
    uneven = smooth_field(count, 4, (height, width), generator)
    return far * (1 - drawn['patchy'] * uneven)


def add_veil(
    light: Tensor,
    scene: Lighting,
    far: Tensor,
    parts: dict[str, Tensor],
    drawn: dict[str, Tensor],
) -> Tensor:
    """Attenuate linear light [N, 3, H, W] and add airlight and the halos of lamps."""
    size = (light.shape[-2], light.shape[-1])
    depth = drawn['depth'] * (parts['veil'] + MIST * parts['mist'])
    kept = torch.exp(-depth * far)
    grey = torch.maximum(drawn['airlight'] * scene.mean, drawn['floor']).clamp_max(0.8)
    air = grey * drawn['airlight_tint'] + drawn['lit'] * scene.wide
    halo = drawn['halo'] * gaussian_blur(scene.lamps, 1.2)
    halo = halo + drawn['haze'] * gaussian_blur(scene.lamps, 4.0)
    added = air * (1 - kept) + halo * parts['glare']
    return light * enlarge(kept, size) + enlarge(added, size)
