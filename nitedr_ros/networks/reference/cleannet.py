"""CleanNet as published: takes the rain out of the visible image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nitedr_ros.networks.reference.bare_convolution import convolution
from nitedr_ros.networks.reference.experts import MixtureOfExperts
from nitedr_ros.networks.reference.rescaling import Downsample, Upsample
from nitedr_ros.networks.reference.transformer import transformer_blocks

STRIDE = 8
"""Height and width of the input must be multiples of this many pixels."""


@dataclass(frozen=True)
class CleanNetSize:
    """Channels at full resolution, and blocks and heads of levels 1, 2, 3 and the latent one."""

    dim: int = 48
    blocks: tuple[int, ...] = (4, 6, 6, 8)
    heads: tuple[int, ...] = (1, 2, 4, 8)


PUBLISHED = CleanNetSize()
"""33,655,424 parameters."""


class _PatchEmbedding(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = convolution(3, channels, 3)

    def forward(self, image: Tensor) -> Tensor:
        result: Tensor = self.proj(image)
        return result


class CleanNet(nn.Module):
    """A transformer U-Net of four levels between two mixtures of experts.

    Input: rainy visible image, float [N, 3, H, W], RGB in [0, 1], H and W multiples of STRIDE.
    Output: de-rained image, float [N, 3, H, W], RGB, not clamped.
    """

    def __init__(self, size: CleanNetSize = PUBLISHED) -> None:
        super().__init__()
        self.size = size
        dim, blocks, heads = size.dim, size.blocks, size.heads
        self.patch_embed = _PatchEmbedding(dim)
        self.encoder_level0 = MixtureOfExperts(dim)
        self.encoder_level1 = transformer_blocks(blocks[0], dim, heads[0])
        self.down1_2 = Downsample(dim)
        self.encoder_level2 = transformer_blocks(blocks[1], dim * 2, heads[1])
        self.down2_3 = Downsample(dim * 2)
        self.encoder_level3 = transformer_blocks(blocks[2], dim * 4, heads[2])
        self.down3_4 = Downsample(dim * 4)
        self.latent = transformer_blocks(blocks[3], dim * 8, heads[3])
        self.up4_3 = Upsample(dim * 8)
        self.reduce_chan_level3 = convolution(dim * 8, dim * 4, 1)
        self.decoder_level3 = transformer_blocks(blocks[2], dim * 4, heads[2])
        self.up3_2 = Upsample(dim * 4)
        self.reduce_chan_level2 = convolution(dim * 4, dim * 2, 1)
        self.decoder_level2 = transformer_blocks(blocks[1], dim * 2, heads[1])
        self.up2_1 = Upsample(dim * 2)
        self.decoder_level1 = transformer_blocks(blocks[0], dim * 2, heads[0])
        self.refinement = MixtureOfExperts(dim * 2)
        self.output = convolution(dim * 2, 3, 3)

    def forward(self, visible: Tensor) -> Tensor:
        """Return the de-rained image."""
        level1 = self.encoder_level1(self.encoder_level0(self.patch_embed(visible)))
        level2 = self.encoder_level2(self.down1_2(level1))
        level3 = self.encoder_level3(self.down2_3(level2))
        latent = self.latent(self.down3_4(level3))
        level3 = self.reduce_chan_level3(torch.cat([self.up4_3(latent), level3], 1))
        level3 = self.decoder_level3(level3)
        level2 = self.reduce_chan_level2(torch.cat([self.up3_2(level3), level2], 1))
        level2 = self.decoder_level2(level2)
        level1 = self.decoder_level1(torch.cat([self.up2_1(level2), level1], 1))
        return visible + self.output(self.refinement(level1))
