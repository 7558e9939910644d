"""Plates of glass with drops on them, drawn once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nitedr_ros.training.rain.config import BankRanges

CHANNELS = 4
"""Offset across and down to where a drop takes its light from, opacity, shade."""


def draw_plates(bank: BankRanges, generator: torch.Generator) -> Tensor:
    """Draw periodic plates, float32 [P, CHANNELS, S, S].

    Offsets are in pixels of the plate per zoom: a drop is a small lens that shows a wide part of
    the scene upside down. Opacity is 0 where there is no drop; shade is 1 there, darker along the
    edge of a drop, from where total reflection keeps the light, and brighter along its lower edge.
    """
    device, size, count = generator.device, bank.plate_size, bank.plates

    def chance(low: float, high: float, each: int = count) -> Tensor:
        drawn = torch.rand(each, 1, 1, generator=generator, device=device)
        return low + (high - low) * drawn

    place = torch.arange(size, device=device, dtype=torch.float32)
    plates = torch.zeros(count, CHANNELS, size, size, device=device)
    plates[:, 3] = 1
    softness = chance(math.log(0.06), math.log(0.6)).exp()
    crowd = chance(0.25, 1.0)
    low, high = (math.log(end) for end in bank.drop_radius_px)
    typical = chance(low, high)
    half = size / 2
    for drop in range(bank.plate_drops):
        # A few samples more than a plate has room for are left out by making them nothing.
        there = ((drop + 1) / bank.plate_drops <= crowd).float()
        radius = (typical + chance(-0.7, 0.7)).clamp(low, high).exp()
        tall = chance(0.85, 1.1) + 1.6 * chance(-1.0, 0.6).clamp_min(0) ** 2
        dx = (place.view(1, 1, -1) - chance(0, size)).remainder(size)
        dy = (place.view(1, -1, 1) - chance(0, size)).remainder(size)
        dx, dy = dx - size * (dx > half), dy - size * (dy > half)
        angle = torch.atan2(dy, dx)
        lobes = 0.10 * torch.sin(2 * angle + chance(0, 6.3))
        lobes = lobes + 0.06 * torch.sin(3 * angle + chance(0, 6.3))
        off = torch.hypot(dx, dy / tall) / (radius * (1 + lobes * chance(0.2, 1.2)))
        inside = ((1 - off) / softness).clamp(0, 1) * there
        inside = inside * inside * (3 - 2 * inside)
        edge = torch.exp(-(((off - 0.87) / chance(0.06, 0.2)) ** 2))
        below = (dy / (radius * tall)).clamp(0, 1)
        shade = 1 - chance(0.1, 0.9) * edge * (1 - below) + chance(0.0, 0.9) * edge * below
        bent = 1 + off**2 * chance(0.2, 0.8)
        # The topmost drop covers what is below it.
        for channel, value in enumerate((-dx * bent, -dy * bent, 1.0, shade)):
            plate = plates[:, channel]
            plate += (inside > plates[:, 2]) * (value * _unit(inside, channel) - plate)
    return plates


def _unit(inside: Tensor, channel: int) -> Tensor | float:
    return inside if channel == 2 else 1.0
