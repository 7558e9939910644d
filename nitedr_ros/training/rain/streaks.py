"""One layer of streaks: what a shell of air full of falling drops covers during an exposure."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nitedr_ros.training.rain.blur import gaussian_blur
from nitedr_ros.training.rain.config import BankRanges
from nitedr_ros.training.rain.drops import draw_diameters, drops_per_m3, fall_speed

SMALLEST_MM = 1.0
"""Smaller drops are seen as veil."""
FEWEST_DROPS, MOST_DROPS = 40, 4000
"""Of a layer: one with fewer would mostly show patches nothing."""
_FIXED_POINT = 2.0**18


def render(start: Tensor, travel: Tensor, area: Tensor, size: int) -> Tensor:
    """Draw streaks a pixel wide into a periodic layer, float32 [size, size].

    start, travel: float32 [n, 2] in pixels, (column, row). area: float32 [n], the sum of a streak
    over the layer. Sums are taken in fixed point, so that their order doesn't matter.
    """
    steps = 1 + math.ceil(float(travel.norm(dim=1).max()))
    along = (torch.arange(steps, device=start.device) + 0.5) / steps
    place = start[:, None] + travel[:, None] * along[None, :, None]
    corner = place.floor()
    part = place - corner
    corner = corner.long()
    layer = torch.zeros(size * size, dtype=torch.int32, device=start.device)
    for right in (0, 1):
        for down in (0, 1):
            column = (corner[..., 0] + right).remainder(size)
            row = (corner[..., 1] + down).remainder(size)
            across = part[..., 0] if right else 1 - part[..., 0]
            weight = across * (part[..., 1] if down else 1 - part[..., 1]) * area[:, None] / steps
            fixed = (weight * _FIXED_POINT).round().int()
            layer.index_add_(0, (row * size + column).flatten(), fixed.flatten())
    return layer.view(size, size).float() / _FIXED_POINT


def _soften(layer: Tensor, sigma_px: float) -> Tensor:
    """Blur a layer and scale it so that its brightest streaks cover 1, at most 1.5."""
    layer = gaussian_blur(layer[None, None], sigma_px, border='circular')[0, 0]
    bright = torch.quantile(layer.flatten(), 0.995).maximum(0.3 * layer.max())
    return (layer / bright.clamp_min(1e-9)).clamp(0, 1.5)


def draw_value(span: tuple[float, float], generator: torch.Generator) -> float:
    """Draw one number, its logarithm evenly in the range."""
    chance = float(torch.rand((), generator=generator, device=generator.device))
    return float(span[0] * (span[1] / span[0]) ** chance)


def shell_layer(
    bank: BankRanges, depths_m: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Draw a layer of drops that fall straight down, float32 [S, S], 1 = brightest streaks.

    depths_m: the shell lies anywhere between these. Length and width follow from rain rate, focal
    length, exposure and depth; brightness from the time that a drop takes to cross a pixel (Garg
    and Nayar 2007); near drops are blurred by the aperture, the camera being focused far away.
    """
    device = generator.device
    near = draw_value((depths_m[0], depths_m[1] / 1.5), generator)
    far = 1.5 * near
    focal = draw_value(bank.focal_px, generator)
    exposure = draw_value(bank.exposure_ms, generator) / 1000
    aperture = draw_value(bank.aperture_mm, generator) / 1000
    rate = draw_value(bank.rate_mmph, generator)
    volume = (bank.size / focal) ** 2 * (far**3 - near**3) / 3
    count = round(min(max(volume * drops_per_m3(rate, SMALLEST_MM), FEWEST_DROPS), MOST_DROPS))

    diameter = draw_diameters(count, rate, SMALLEST_MM, generator)
    chance = torch.rand(count, 4, generator=generator, device=device)
    depth = (near**3 + chance[:, 0] * (far**3 - near**3)) ** (1 / 3)
    length = (fall_speed(diameter) * exposure * focal / depth).clamp(1, 0.45 * bank.size)
    width = diameter / 1000 * focal / depth
    tilt = 0.03 * torch.randn(count, generator=generator, device=device)
    travel = torch.stack([tilt.sin(), tilt.cos()], dim=1) * length[:, None]
    # A drop glints differently by where the lamps are; the long tail of sizes is tempered.
    area = width * (0.4 + 1.2 * chance[:, 3])
    layer = render(chance[:, 1:3] * bank.size, travel, area, bank.size)
    middle = (near + far) / 2
    spread = math.hypot(0.28 * aperture * focal / middle, 0.3 * float(width.mean()), 0.35)
    return _soften(layer, spread)


def plain_layer(bank: BankRanges, generator: torch.Generator) -> Tensor:
    """Draw a layer of narrow streaks of one length, float32 [S, S], as image editors make them."""
    device = generator.device
    count = round(min(bank.size**2 * draw_value(bank.plain_per_px, generator), 2 * MOST_DROPS))
    length = draw_value(bank.plain_length_px, generator)
    sigma = draw_value((0.35, 1.6), generator)
    chance = torch.rand(count, 3, generator=generator, device=device)
    noise = torch.randn(count, 2, generator=generator, device=device)
    tilt = 0.02 * noise[:, 0]
    travel = torch.stack([tilt.sin(), tilt.cos()], dim=1) * (length * (0.7 + 0.6 * chance[:, :1]))
    layer = render(chance[:, 1:] * bank.size, travel, (0.8 * noise[:, 1]).exp(), bank.size)
    return _soften(layer, sigma)
