"""The light of a scene's lamps, as drops and wet air see it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nitedr_ros.training.rain.blur import enlarge, gaussian_blur, shrink

COARSE = 8
"""Pixels along a side of the blocks on which light is spread."""
_NEAR, _WIDE = 2.0, 6.5
_SATURATED = 0.55


def luminance(light: Tensor) -> Tensor:
    """Return BT.709 luminance, [N, 1, H, W], of linear light [N, 3, H, W]."""
    return 0.2126 * light[:, :1] + 0.7152 * light[:, 1:2] + 0.0722 * light[:, 2:]


@dataclass(frozen=True)
class Lighting:
    """Linear light of scenes, with the true strength of their lamps.

    light: float32 [N, 3, H, W], with saturated pixels made brighter. coarse: the same in blocks of
    COARSE pixels, [N, 3, h, w]; near, wide: that, blurred by 2 and 6.5 blocks. lamps: only what is
    brighter than the sensor's range lets through, blocks. mean: mean luminance, [N, 1, 1, 1].
    """

    light: Tensor
    coarse: Tensor
    near: Tensor
    wide: Tensor
    lamps: Tensor
    mean: Tensor

    @classmethod
    def of(cls, light: Tensor, boost: Tensor, brightest: Tensor) -> Lighting:
        """Estimate lamps in `light` [N, 3, H, W], whose white is `brightest` [N, 1, 1, 1].

        boost: [N, 1, 1, 1], how many times brighter than white a fully saturated lamp is.
        """
        share = luminance(light) / brightest.clamp_min(1e-4)
        saturated = ((share - _SATURATED) / (1 - _SATURATED)).clamp(0, 1) ** 2
        # A wide bright surface is the sky or a wall by day: only small ones are lamps.
        wide_white = gaussian_blur(shrink(saturated, COARSE), _WIDE)
        small = (1 - 2.5 * wide_white).clamp(0, 1)
        true = light * (1 + (boost - 1) * saturated * enlarge(small, light.shape[-2:]))
        coarse = shrink(true, COARSE)
        return cls(
            true,
            coarse,
            gaussian_blur(coarse, _NEAR),
            gaussian_blur(coarse, _WIDE),
            shrink(true * saturated, COARSE) * small,
            shrink(light, COARSE).mean(dim=(1, 2, 3), keepdim=True),
        )


def headlamp_cone(count: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return the light of the car's own headlamps on drops, float32 [N, 1, h, w] in [0, 1].

    The cone is wide and flat and lies somewhere in or below the picture.
    """
    device = generator.device
    drawn = torch.rand(count, 4, 1, 1, 1, generator=generator, device=device)
    x = torch.linspace(-1, 1, size[1], device=device)[None, None, None, :]
    y = torch.linspace(-1, 1, size[0], device=device)[None, None, :, None]
    across = (x - (drawn[:, 0] * 2 - 1)) / (0.7 + 1.5 * drawn[:, 1])
    down = (y - (drawn[:, 2] * 1.6 - 0.4)) / (0.5 + 1.0 * drawn[:, 3])
    return torch.exp(-0.5 * (across**2 + down**2))
