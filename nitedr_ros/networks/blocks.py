"""Building blocks that CleanNet and FusionNet share."""

from __future__ import annotations

from torch import Tensor, nn


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """Return a 3x3 convolution with bias and zero padding of one pixel."""
    return nn.Conv2d(inputs, outputs, 3, stride, 1)


class ResidualBlock(nn.Module):
    """Two plain 3x3 convolutions around one ReLU, added to the input: [N, C, H, W] → the same.

    No normalisation: batch statistics of rain patches mislead on dry frames, and plain
    convolutions are what inference runtimes run fastest.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv3x3(channels, channels)
        self.second = conv3x3(channels, channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """Return features plus what the two convolutions make of them."""
        return features + self.second(self.activation(self.first(features)))


class Upsample(nn.Module):
    """1x1 convolution and pixel shuffle: [N, inputs, H, W] → [N, outputs, 2H, 2W]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(inputs, outputs * 4, 1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features at twice the height and width."""
        shuffled: Tensor = self.shuffle(self.expand(features))
        return shuffled
