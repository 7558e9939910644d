"""The feed-forward part of a transformer block: two window sizes that exchange halves."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.reference.bare_convolution import convolution, depthwise

_EXPANSION = 2.66


class FeedForward(nn.Module):
    """3x3 and 5x5 windows side by side, each fed by half of both: [N, C, H, W] → the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = int(channels * _EXPANSION)
        self.project_in = convolution(channels, hidden * 2, 1)
        self.dwconv3x3 = depthwise(hidden * 2, 3)
        self.dwconv5x5 = depthwise(hidden * 2, 5)
        self.dwconv3x3_1 = convolution(hidden * 2, hidden, 3, groups=hidden)
        self.dwconv5x5_1 = convolution(hidden * 2, hidden, 5, groups=hidden)
        self.project_out = convolution(hidden * 2, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return what the two windows make of the features."""
        wide = self.project_in(features)
        near_first, near_second = torch.relu(self.dwconv3x3(wide)).chunk(2, 1)
        far_first, far_second = torch.relu(self.dwconv5x5(wide)).chunk(2, 1)
        near = torch.relu(self.dwconv3x3_1(torch.cat([near_first, far_first], 1)))
        far = torch.relu(self.dwconv5x5_1(torch.cat([near_second, far_second], 1)))
        result: Tensor = self.project_out(torch.cat([near, far], 1))
        return result
