"""What is done to thermal patches so that the networks meet other cameras.

Images are float [N, C, H, W] in [0, 1] on any device; the generator is on the same device.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nitedr_ros.training.settings import ThermalConfig


def uniform(like: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Return one number a patch, [N, 1, 1, 1], drawn evenly between low and high."""
    drawn = torch.rand(like.shape[0], 1, 1, 1, generator=generator, device=like.device)
    return low + (high - low) * drawn


def chosen(like: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return which patches a share of them is, bool [N, 1, 1, 1]."""
    return uniform(like, 0.0, 1.0, generator) < share


def regain(thermal: Tensor, config: ThermalConfig, generator: torch.Generator) -> Tensor:
    """Give a share of thermal patches another gain and offset, never an inversion."""
    gain = uniform(thermal, config.least_gain, 1.0, generator)
    offset = uniform(thermal, -config.largest_offset, config.largest_offset, generator)
    changed = (thermal * gain + offset).clamp(0, 1)
    return torch.where(chosen(thermal, config.gain_share, generator), changed, thermal)


def shift(thermal: Tensor, config: ThermalConfig, generator: torch.Generator) -> Tensor:
    """Shift a share of thermal patches by parts of a pixel up to the largest, in x and y.

    As parallax and a registration that is a little off do; the border is replicated.
    """
    count, _, height, width = thermal.shape
    most = config.largest_shift_px
    pixels = (torch.rand(count, 2, generator=generator, device=thermal.device) * 2 - 1) * most
    pixels = pixels * chosen(thermal, config.shifted_share, generator).view(count, 1)
    theta = thermal.new_zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1
    theta[:, :, 2] = pixels * 2 / thermal.new_tensor([width, height])
    grid = functional.affine_grid(theta, list(thermal.shape), align_corners=False)
    return functional.grid_sample(thermal, grid, padding_mode='border', align_corners=False)


def drop(thermal: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the thermal patches with a share of them zero, and which are there: float [N]."""
    present = (~chosen(thermal, share, generator)).to(thermal.dtype)
    return thermal * present, present.view(-1)
