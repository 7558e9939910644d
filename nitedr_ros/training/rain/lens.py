"""Looking through wet glass: drops that bend the light, and a film that smears it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nitedr_ros.training.rain.atlas import Atlas
from nitedr_ros.training.rain.blur import enlarge, gaussian_blur, shrink, smooth_field
from nitedr_ros.training.rain.config import BankRanges
from nitedr_ros.training.rain.lens_plates import draw_plates

HALF = 2
QUARTER = 4
_EDGE = 0.25


class WetLens:
    """Drops of water on the lens, from a bank of plates."""

    def __init__(self, bank: BankRanges, generator: torch.Generator) -> None:
        self.atlas = Atlas(draw_plates(bank, generator))

    def look(
        self,
        light: Tensor,
        parts: dict[str, Tensor],
        drawn: dict[str, Tensor],
        generator: torch.Generator,
    ) -> Tensor:
        """Return linear light [N, 3, H, W] as seen through the lens.

        What a drop shows is much smaller than it is: an image of half the size is sharp enough.
        """
        size = (light.shape[-2], light.shape[-1])
        small = gaussian_blur(shrink(light, QUARTER), 1.0)
        smeared, cover = _film(small, drawn, generator)
        weight = enlarge(cover, size) * (drawn['film_weight'] * parts['film'])
        light = torch.lerp(light, enlarge(smeared, size), weight)

        plate = self._plate(size, drawn, generator)
        x, y = _pixels(size, light.device)
        shift = plate[:, :2] * drawn['zoom']
        seen = _bilinear(
            shrink(light, HALF), (x + shift[:, :1] + 0.5) / HALF, (y + shift[:, 1:] + 0.5) / HALF
        )
        opacity = plate[:, 2:3] * drawn['opacity'] * parts['drops']
        return torch.lerp(light, seen * (plate[:, 3:] * drawn['drop_gain']), opacity)

    def _plate(
        self, size: tuple[int, int], drawn: dict[str, Tensor], generator: torch.Generator
    ) -> Tensor:
        """Return a window of a random plate, offsets in pixels of the image, [N, 4, *size]."""
        shrinking = drawn['plate_shrinking']
        chance = torch.rand(len(shrinking), 4, 1, 1, generator=generator, device=generator.device)
        index = (chance[:, 0, 0, 0] * self.atlas.count).long().clamp_max(self.atlas.count - 1)
        flip = torch.where(chance[:, 1:2] < 0.5, -1.0, 1.0)
        x, y = _pixels(size, shrinking.device)
        u = (x * (shrinking * flip) + chance[:, 2:3] * self.atlas.size).expand(-1, 1, *size)
        v = (y * shrinking + chance[:, 3:4] * self.atlas.size).expand(-1, 1, *size)
        plate = self.atlas.sample(index, u[:, 0], v[:, 0])
        offsets = plate[:, :2] * torch.cat([flip, torch.ones_like(flip)], dim=1) / shrinking
        return torch.cat([offsets, plate[:, 2:]], dim=1)


def _film(
    small: Tensor, drawn: dict[str, Tensor], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return light smeared by running water, [N, 3, h, w], and how much of it is covered."""
    count, _, height, width = small.shape
    size = (height, width)
    x, y = _pixels(size, small.device)
    led = smooth_field(2 * count, 10, size, generator).reshape(count, 2, height, width) - 0.5
    led = led * (2 * drawn['film_shift_px'] / QUARTER)
    smeared = gaussian_blur(small, 2.5, axes='rows')
    smeared = _bilinear(smeared, x + led[:, :1] + 0.5, y + led[:, 1:] + 0.5)
    uneven = smooth_field(count, 5, size, generator)
    cover = ((uneven - 1 + drawn['film_cover']) / _EDGE + 0.5).clamp(0, 1)
    return smeared, cover


def _pixels(size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return columns [1, 1, 1, W] and rows [1, 1, H, 1]."""
    x = torch.arange(size[1], device=device, dtype=torch.float32)
    y = torch.arange(size[0], device=device, dtype=torch.float32)
    return x[None, None, None, :], y[None, None, :, None]


def _bilinear(image: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Sample [N, C, h, w] at x, y [N, 1, H, W], pixels from the outer edge of the first pixel."""
    height, width = image.shape[-2:]
    x, y = torch.broadcast_tensors(x * (2 / width) - 1, y * (2 / height) - 1)
    grid = torch.cat([x, y], dim=1).permute(0, 2, 3, 1)
    return functional.grid_sample(
        image, grid, mode='bilinear', padding_mode='reflection', align_corners=False
    )
