"""FusionNet as published: dense fusion of the lumas, then illumination balance."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.reference.colour import limited_range_rgb
from nitedr_ros.networks.reference.dense_fusion import DenseFusion
from nitedr_ros.networks.reference.illumination_balance import Refinement


class FusionNet(nn.Module):
    """Brings the thermal image into the de-rained one.

    Inputs: de-rained image and thermal image, float [N, 3, H, W], YCrCb in [-1, 1], of the same
    view and any size. Output: fused and refined image, float [N, 3, H, W], RGB in [0, 1].
    """

    def __init__(self) -> None:
        super().__init__()
        self.fusion_model = DenseFusion()
        self.refine_model = Refinement()

    def fuse(self, derained: Tensor, thermal: Tensor) -> Tensor:
        """Return the fused image before refinement, [N, 3, H, W] RGB, which leaves [0, 1]."""
        luma = self.fusion_model(derained[:, :1], thermal[:, :1])
        return limited_range_rgb((torch.cat([luma, derained[:, 1:]], 1) + 1) / 2)

    def forward(self, derained: Tensor, thermal: Tensor) -> Tensor:
        """Return the fused and refined image."""
        refined: Tensor = self.refine_model(self.fuse(derained, thermal), thermal)
        return refined
