"""The published inference path, from camera bytes to image bytes, as one graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nitedr_ros.networks.reference.cleannet import STRIDE, CleanNet
from nitedr_ros.networks.reference.colour import levels_to_ycrcb
from nitedr_ros.networks.reference.fusionnet import FusionNet

SMALLEST = STRIDE
"""Height and width in pixels that an image must have, so that its edges can be reflected."""


def padded(image: Tensor) -> Tensor:
    """Reflect [N, C, H, W] at its right and bottom edge up to multiples of STRIDE.

    Pads by as much as can be needed, then crops: so a graph with free sizes needs neither a
    remainder nor padding that depends on the size, which not all runtimes take.
    """
    rows = image[:, :, ::STRIDE].shape[2] * STRIDE
    columns = image[:, :, :, ::STRIDE].shape[3] * STRIDE
    most = (0, STRIDE - 1, 0, STRIDE - 1)
    return functional.pad(image, most, mode='reflect')[:, :, :rows, :columns]


def to_levels(image: Tensor) -> Tensor:
    """Round [0, 1] (clamped) to whole grey levels 0 to 255, halves to even; stays float."""
    return torch.round(image.clamp(0, 1) * 255)


class InferencePath(nn.Module):
    """CleanNet, then FusionNet on what it made, with all padding, conversions and rounding.

    Inputs: `visible` uint8 [1, H, W, 3] RGB and `thermal` uint8 [1, H, W] of the same view, H and
    W at least SMALLEST. Outputs: `fused` and `derained`, uint8 [1, H, W, 3] RGB.
    """

    def __init__(self, cleannet: CleanNet, fusionnet: FusionNet) -> None:
        super().__init__()
        self.cleannet = cleannet
        self.fusionnet = fusionnet

    def forward(self, visible: Tensor, thermal: Tensor) -> tuple[Tensor, Tensor]:
        """Return the fused and the de-rained image."""
        rgb = visible.permute(0, 3, 1, 2).to(torch.float32) / 255
        grey = thermal.to(torch.float32).unsqueeze(1)
        derained = self.derain(rgb)
        warmth = levels_to_ycrcb(torch.cat([grey, grey, grey], 1))
        refined = self.fusionnet(levels_to_ycrcb(derained), warmth)
        return _bytes(torch.floor(refined * 255 + 0.5)), _bytes(derained)

    def derain(self, rgb: Tensor) -> Tensor:
        """De-rain [N, 3, H, W] RGB in [0, 1] of any size; returns whole grey levels, float."""
        height, width = rgb.shape[2:]
        return to_levels(self.cleannet(padded(rgb))[:, :, :height, :width])


def _bytes(levels: Tensor) -> Tensor:
    """Turn whole grey levels [N, 3, H, W] into uint8 [N, H, W, 3]."""
    return levels.permute(0, 2, 3, 1).to(torch.uint8)
