"""Building blocks of the real-time networks."""

from __future__ import annotations

from torch import Tensor, nn

from nitedr_ros.networks.realtime.activation import activation
from nitedr_ros.networks.realtime.cells import channels_first, channels_last, from_cells
from nitedr_ros.networks.realtime.rep_conv import RepConv

POOLING = 4
"""The surroundings are looked at this many times coarser than the features."""


def layers(width: int, depth: int) -> nn.Sequential:
    """Return `depth` layers of convolution and activation that keep width and size.

    Each has its input in its sum, so that it is a residual block of one layer, which costs
    nothing when deployed.
    """
    parts: list[nn.Module] = []
    for _ in range(depth):
        parts += [RepConv(width, width, through=True), activation()]
    return nn.Sequential(*parts)


class Down(nn.Sequential):
    """Halve height and width: [N, inputs, H, W] → [N, outputs, H/2, W/2]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(RepConv(inputs, outputs, stride=2), activation())


class Up(nn.Module):
    """Enlarge `times` as high and wide: [N, inputs, H, W] → [N, outputs, times * H, times * W]."""

    def __init__(
        self, inputs: int, outputs: int, times: int = 2, expand: nn.Module | None = None
    ) -> None:
        """expand: what makes outputs * times**2 channels of the inputs; None for a convolution."""
        super().__init__()
        self.times = times
        self.expand = nn.Conv2d(inputs, outputs * times**2, 1) if expand is None else expand

    def forward(self, features: Tensor) -> Tensor:
        """Return the enlarged features."""
        expanded = self.expand(features)
        if self.times == 1:
            return expanded
        return channels_first(from_cells(channels_last(expanded), self.times))


class Surroundings(nn.Module):
    """What lies around each place, 14 places each way: [N, C, H, W] → the same.

    Whether something is warm shows against its surroundings only; convolutions on coarse features
    see far at little cost. They must not see further: the border of the patches of training would
    be in sight from nearly everywhere, and images, where it is not, would come out otherwise.
    H and W must be multiples of POOLING.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        parts: list[nn.Module] = [nn.AvgPool2d(POOLING)]
        for _ in range(3):
            parts += [nn.Conv2d(width, width, 3, 1, 1), activation()]
        parts.append(nn.Upsample(scale_factor=POOLING, mode='bilinear', align_corners=False))
        self.parts = nn.Sequential(*parts)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features' surroundings at the features' size."""
        around: Tensor = self.parts(features)
        return around
