"""What the whole image tells: veil, exposure, and whether there is a thermal image."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nitedr_ros.networks.realtime.activation import activated
from nitedr_ros.networks.realtime.cells import PIXELS, RGB, channels_last

_HIDDEN = 32


class GlobalBranch(nn.Module):
    """From the mean of coarse features [N, width, h, w] to corrections of the whole image.

    A veil of fine rain or a wet lens takes c to c * (1 - v) + v * a in each colour; undoing it is
    a gain and an offset, which local convolutions would have to learn for each brightness. Only
    means are taken, no squares, so that fp16 holds all values.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reading = nn.Conv2d(width, _HIDDEN, 1)
        self.presence = nn.Parameter(torch.zeros(_HIDDEN))
        self.shift = nn.Conv2d(_HIDDEN, width, 1)
        self.correction = nn.Conv2d(_HIDDEN, 2 * RGB, 1)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def forward(self, features: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what to add to the features, and gain and offset of the image's cells.

        present: [N, 1, 1, 1], 1 where there is a thermal image, else 0. Returns [N, width, 1, 1];
        twice [N, 1, 1, PIXELS * 3], both 0 where nothing is to be corrected.
        """
        read = self.reading(functional.adaptive_avg_pool2d(features, 1))
        hidden = activated(read + present * self.presence.view(1, -1, 1, 1))
        gain, offset = channels_last(self.correction(hidden)).split(RGB, -1)
        return self.shift(hidden), torch.cat([gain] * PIXELS, -1), torch.cat([offset] * PIXELS, -1)
