"""What comes between the convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1
"""Below zero. With none, nearly all channels of an untrained network die within a few hundred
steps under rain of all kinds, and what is left learns little. Runtimes fuse both alike."""


def activation() -> nn.Module:
    """Return the activation as a layer."""
    return nn.LeakyReLU(SLOPE, inplace=True)


def activated(features: Tensor) -> Tensor:
    """Return features of any shape after the activation."""
    return functional.leaky_relu(features, SLOPE)
