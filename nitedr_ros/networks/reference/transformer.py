"""The transformer block of CleanNet's levels."""

from __future__ import annotations

from torch import Tensor, nn

from nitedr_ros.networks.reference.attention import TopSelectionAttention
from nitedr_ros.networks.reference.channel_norm import ChannelNorm
from nitedr_ros.networks.reference.feed_forward import FeedForward


class TransformerBlock(nn.Module):
    """Attention, then feed-forward, each normalised before and added: [N, C, H, W] → the same."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1 = ChannelNorm(channels)
        self.attn = TopSelectionAttention(channels, heads)
        self.norm2 = ChannelNorm(channels)
        self.ffn = FeedForward(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features and what was added to them."""
        features = features + self.attn(self.norm1(features))
        return features + self.ffn(self.norm2(features))


def transformer_blocks(count: int, channels: int, heads: int) -> nn.Sequential:
    """Return `count` blocks, one behind the other."""
    return nn.Sequential(*(TransformerBlock(channels, heads) for _ in range(count)))
