"""The graph that is shipped: camera bytes in, image bytes out, CleanNet and FusionNet inside."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.cleannet import CleanNet
from nitedr_ros.networks.fusionnet import FusionNet


def _to_bytes(image: Tensor) -> Tensor:
    """Round [1, 3, H, W] in [0, 1] to uint8 [1, H, W, 3]; halves round to even."""
    return (image.clamp(0, 1) * 255).round().permute(0, 2, 3, 1).to(torch.uint8)


class Deployed(nn.Module):
    """CleanNet feeding FusionNet, with all conversions.

    Inputs: `visible` uint8 [1, H, W, 3] RGB and `thermal` uint8 [1, H, W] of the same view, H and
    W multiples of cleannet.STRIDE. Outputs: `fused` and `derained`, uint8 [1, H, W, 3] RGB.
    """

    def __init__(self, cleannet: CleanNet, fusionnet: FusionNet) -> None:
        super().__init__()
        self.cleannet = cleannet
        self.fusionnet = fusionnet

    def forward(self, visible: Tensor, thermal: Tensor) -> tuple[Tensor, Tensor]:
        """Return the fused and the de-rained image."""
        rgb = visible.permute(0, 3, 1, 2).to(torch.float32) / 255
        warmth = thermal.to(torch.float32).unsqueeze(1) / 255
        derained, features = self.cleannet(rgb)
        derained = derained.clamp(0, 1)
        fused = self.fusionnet(derained, warmth, features)
        return _to_bytes(fused), _to_bytes(derained)
