"""What a network costs: multiplications and weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from nitedr_ros.networks.realtime.deployed import Deployed


def gmac(network: Deployed, height: int = 480, width: int = 640) -> float:
    """Return the billions of multiply-accumulates of all convolutions for one frame.

    height, width: of the images, pixels, multiples of the network's stride. Nothing is computed.
    """
    total = 0

    def count(layer: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal total
        total += layer.weight[0].numel() * output[0].numel()

    shape = copy.deepcopy(network).to('meta')
    for layer in shape.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    visible = torch.zeros(1, height, width, 3, dtype=torch.uint8, device='meta')
    shape(visible, visible[..., 0])
    return total / 1e9


def parameters(network: nn.Module) -> int:
    """Return how many weights and biases a network has."""
    return sum(parameter.numel() for parameter in network.parameters())
