"""A 3x3 convolution that is trained as a sum of branches (Ding et al., RepVGG, CVPR 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nitedr_ros.networks.realtime.fusing import Fusible

_GAIN = 3**-0.5
"""Of each learnt branch's starting weights, after He et al.: together the three come to one."""
_ASIDE = 0.2
"""Of them again beside the input itself, so that features keep their size through many layers."""


class RepConv(Fusible):
    """3x3, 1x1, 1x1 followed by 3x3, and the input itself, summed: [N, inputs, H, W] in.

    Out: [N, outputs, ceil(H / stride), ceil(W / stride)]. No branch is normalised, and the 1x1
    before a 3x3 has no bias, so that the sum is one convolution everywhere, borders too. The
    input itself, scaled channel by channel, takes part where `through` asks for it; that needs
    as many outputs as inputs and a stride of 1.
    """

    def __init__(
        self, inputs: int, outputs: int, *, stride: int = 1, through: bool = False
    ) -> None:
        super().__init__()
        if through and (inputs != outputs or stride != 1):
            raise ValueError(f'expected equal channels and stride 1, got {inputs}, {outputs}')
        self.stride = stride
        gain = _GAIN * _ASIDE if through else _GAIN
        self.square = nn.Parameter(_he(outputs, inputs, 3) * gain)
        self.point = nn.Parameter(_he(outputs, inputs, 1) * gain)
        # No ReLU lies between these two, for which He's weights are too large by a root of two.
        self.chain_point = nn.Parameter(_he(outputs, inputs, 1) / 2**0.5)
        self.chain_square = nn.Parameter(_he(outputs, outputs, 3) * gain)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.through = nn.Parameter(torch.ones(outputs)) if through else None

    def merged(self) -> tuple[Tensor, Tensor]:
        """Return the kernel [outputs, inputs, 3, 3] and bias of the sum."""
        chain = torch.einsum('omyx,mi->oiyx', self.chain_square, self.chain_point[:, :, 0, 0])
        centre = self.point
        if self.through is not None:
            centre = centre + torch.diag(self.through)[:, :, None, None]
        return self.square + chain + functional.pad(centre, (1, 1, 1, 1)), self.bias


def _he(outputs: int, inputs: int, side: int) -> Tensor:
    """Return starting weights [outputs, inputs, side, side] in front of a ReLU."""
    kernel = torch.empty(outputs, inputs, side, side)
    nn.init.kaiming_normal_(kernel, nonlinearity='relu')
    return kernel
