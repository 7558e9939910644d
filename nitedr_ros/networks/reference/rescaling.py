"""Half and twice the size, with pixel shuffling."""

from __future__ import annotations

from torch import Tensor, nn

from nitedr_ros.networks.reference.bare_convolution import convolution


class Downsample(nn.Module):
    """[N, C, H, W] → [N, 2C, H/2, W/2]; H, W and C even."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels // 2, 3), nn.PixelUnshuffle(2))

    def forward(self, features: Tensor) -> Tensor:
        """Return the features at half the size."""
        result: Tensor = self.body(features)
        return result


class Upsample(nn.Module):
    """[N, C, H, W] → [N, C/2, 2H, 2W]; C even."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels * 2, 3), nn.PixelShuffle(2))

    def forward(self, features: Tensor) -> Tensor:
        """Return the features at twice the size."""
        result: Tensor = self.body(features)
        return result
