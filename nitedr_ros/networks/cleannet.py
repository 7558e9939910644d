"""CleanNet: takes the rain out of the visible image."""

from __future__ import annotations

from torch import Tensor, nn

from nitedr_ros.networks.blocks import ResidualBlock, Upsample, conv3x3

STRIDE = 8
"""Height and width of the input must be multiples of this many pixels."""


class CleanNet(nn.Module):
    """A residual U-Net of three levels behind a pixel-unshuffle stem.

    Input: rainy visible image, float [N, 3, H, W], RGB in [0, 1], H and W multiples of STRIDE.
    Output: de-rained image, float [N, 3, H, W], RGB, not clamped; and the decoder's features
    [N, widths[0], H/2, W/2], which FusionNet reads.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 96)) -> None:
        super().__init__()
        top, middle, bottom = widths
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), conv3x3(12, top), nn.ReLU(inplace=True))
        self.encoder_top = ResidualBlock(top)
        self.down_middle = nn.Sequential(conv3x3(top, middle, stride=2), nn.ReLU(inplace=True))
        self.encoder_middle = ResidualBlock(middle)
        self.down_bottom = nn.Sequential(conv3x3(middle, bottom, stride=2), nn.ReLU(inplace=True))
        self.bottom = nn.Sequential(ResidualBlock(bottom), ResidualBlock(bottom))
        self.up_middle = Upsample(bottom, middle)
        self.decoder_middle = ResidualBlock(middle)
        self.up_top = Upsample(middle, top)
        self.decoder_top = ResidualBlock(top)
        self.head = nn.Sequential(conv3x3(top, 12), nn.PixelShuffle(2))

    def forward(self, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Return the de-rained image and the features behind it."""
        top = self.encoder_top(self.stem(visible))
        middle = self.encoder_middle(self.down_middle(top))
        bottom = self.bottom(self.down_bottom(middle))
        middle = self.decoder_middle(middle + self.up_middle(bottom))
        features = self.decoder_top(top + self.up_top(middle))
        return visible + self.head(features), features
