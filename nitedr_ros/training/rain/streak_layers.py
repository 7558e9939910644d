"""Streak layers, drawn once, and how a batch sees them."""

from __future__ import annotations

import torch
from torch import Tensor

from nitedr_ros.training.rain.atlas import Atlas
from nitedr_ros.training.rain.config import BankRanges
from nitedr_ros.training.rain.streaks import plain_layer, shell_layer

SLOTS = 3
"""Layers of each sample: far, middle, near; or three of the plain kind."""
_STEEPEST = 1.3


class StreakLayers:
    """A bank of layers of falling drops: far, middle, near and plain ones, as many of each."""

    def __init__(self, bank: BankRanges, generator: torch.Generator) -> None:
        layers = [
            shell_layer(bank, depths, generator)
            for depths in (bank.far_m, bank.middle_m, bank.near_m)
            for _ in range(bank.layers)
        ]
        layers += [plain_layer(bank, generator) for _ in range(bank.layers)]
        self.atlas = Atlas(torch.stack(layers)[:, None])
        self._each = bank.layers

    def fall(
        self,
        drawn: dict[str, Tensor],
        plain: Tensor,
        size: tuple[int, int],
        generator: torch.Generator,
    ) -> Tensor:
        """Return what streaks cover, float32 [N, SLOTS, H, W], 1 = the brightest of a layer.

        drawn: parameters, [N, 1, 1, 1] each. plain: bool [N, 1, 1, 1]. A drop's motion relative to
        the car points away from one place in the image, so that streaks fan out from there.
        """
        count, device = len(plain), generator.device
        chance = torch.rand(count, SLOTS, 6, generator=generator, device=device)
        choice = (chance[..., 0] * self._each).long().clamp_max(self._each - 1)
        slots = torch.arange(SLOTS, device=device)
        slots = torch.where(plain[:, :, 0, 0], SLOTS, slots)
        index = slots * self._each + choice

        across = drawn['wind_mps'] + drawn['place_x'] * drawn['car_mps']
        down = drawn['fall_mps'] + drawn['place_y'] * drawn['car_mps']
        speed = torch.hypot(across, down).clamp_min(2.0)
        slant = torch.atan2(across, down).clamp(-_STEEPEST, _STEEPEST)
        slant = torch.where(plain, drawn['plain_slant'], slant)
        fan = (drawn['car_mps'] * drawn['half_view'] / speed).clamp_max(0.45)
        fan = torch.where(plain, 0.0, fan)
        stretch = (speed / drawn['fall_mps']).clamp(0.6, 2.0)
        stretch = torch.where(plain, 1.0, stretch)

        jitter = chance[..., 1, None, None] - 0.5
        slant = slant + 0.08 * jitter
        shrinking = drawn['shrinking'] * (1 + 0.3 * (chance[..., 2, None, None] - 0.5))
        flip = torch.where(chance[..., 3, None, None] < 0.5, -1.0, 1.0)
        height, width = size
        x = (torch.arange(width, device=device) - (width - 1) / 2)[None, None, None, :]
        y = (torch.arange(height, device=device) - (height - 1) / 2)[None, None, :, None]
        sine, cosine = slant.sin(), slant.cos()
        scale = shrinking / (1 + (fan / (0.5 * max(height, width))) * (x * sine + y * cosine))
        u = (x * cosine - y * sine) * (scale * flip)
        v = (x * sine + y * cosine) * (scale / stretch)
        u = u + chance[..., 4, None, None] * self.atlas.size
        v = v + chance[..., 5, None, None] * self.atlas.size
        layers = self.atlas.sample(index.flatten(), u.flatten(0, 1), v.flatten(0, 1))
        return layers.reshape(count, SLOTS, height, width)
