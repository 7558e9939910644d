"""Noise of a sensor at high gain."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def draw_noise(like: Tensor, grain: Tensor, generator: torch.Generator) -> Tensor:
    """Draw noise of deviation 1, float32 of the shape of `like` [N, 3, H, W].

    grain: [N, 1, 1, 1], 0 for independent pixels, 1 for the coarsest noise of demosaicing.
    """
    white = torch.randn(like.shape, generator=generator, device=generator.device)
    # The mean of 3 x 3 has a third of the deviation.
    coarse = 3 * functional.avg_pool2d(
        functional.pad(white, (1, 1, 1, 1), mode='replicate'), 3, stride=1
    )
    return white * (1 - grain**2).sqrt() + coarse * grain


def expose(light: Tensor, noise: Tensor, read: Tensor, shot: Tensor) -> Tensor:
    """Return linear light [N, 3, H, W] as the sensor reads it, in [0, 1].

    read: deviation in the dark; shot: deviation of photon noise at radiance 1; both [N, 1, 1, 1].
    """
    light = light.clamp(0, 1)
    deviation = (read**2 + shot**2 * light).sqrt()
    return (light + deviation * noise).clamp(0, 1)
