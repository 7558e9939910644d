"""How large raindrops are, how many there are, and how fast they fall."""

from __future__ import annotations

import math

import torch
from torch import Tensor

INTERCEPT_PER_M3_MM = 8000.0
"""N0 of Marshall and Palmer (1948)."""
LARGEST_MM = 6.0
"""Larger drops break up."""


def size_slope(rate_mmph: float) -> float:
    """Return the slope of the drop sizes of Marshall and Palmer (1948), 1/mm.

    rate_mmph: rain rate, mm per hour; N(D) = N0 exp(-slope D).
    """
    return 4.1 * rate_mmph**-0.21


def drops_per_m3(rate_mmph: float, smallest_mm: float) -> float:
    """Return how many drops of at least `smallest_mm` diameter a cubic metre of air holds."""
    slope = size_slope(rate_mmph)
    share = math.exp(-slope * smallest_mm) - math.exp(-slope * LARGEST_MM)
    return INTERCEPT_PER_M3_MM / slope * share


def draw_diameters(
    count: int, rate_mmph: float, smallest_mm: float, generator: torch.Generator
) -> Tensor:
    """Draw drop diameters, float32 [count] in mm, from `smallest_mm` to LARGEST_MM."""
    slope = size_slope(rate_mmph)
    low, high = math.exp(-slope * smallest_mm), math.exp(-slope * LARGEST_MM)
    chance = torch.rand(count, generator=generator, device=generator.device)
    return -torch.log(low - chance * (low - high)) / slope


def fall_speed(diameter_mm: Tensor) -> Tensor:
    """Return terminal speeds in m/s of drops of these diameters in mm, same shape.

    The fit of Atlas, Srivastava and Sekhon (1973) to what Gunn and Kinzer (1949) measured.
    """
    return (9.65 - 10.3 * torch.exp(-0.6 * diameter_mm)).clamp_min(0.1)
