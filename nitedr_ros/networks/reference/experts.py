"""The mixture of experts at both ends of CleanNet, weighted by what the whole image looks like."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nitedr_ros.networks.reference.bare_convolution import convolution, depthwise

STEPS = 4
EXPERTS = 8
_HIDDEN = 64
_SEPARABLE = (1, 3, 5, 7)
_DILATED = (3, 5, 7)


class _Layers(nn.Module):
    """Layers one behind the other."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.op = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.op(features)
        return result


def _separable(channels: int, size: int) -> _Layers:
    def pair() -> tuple[nn.Module, nn.Module]:
        return depthwise(channels, size), convolution(channels, channels, 1)

    return _Layers(*pair(), nn.ReLU(), *pair())


def _dilated(channels: int, size: int) -> _Layers:
    return _Layers(depthwise(channels, size, dilation=2), convolution(channels, channels, 1))


class _Step(nn.Module):
    """Eight experts side by side, weighted and brought together: [N, C, H, W] → the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self._ops = nn.ModuleList(
            [
                *(_separable(channels, size) for size in _SEPARABLE),
                *(_dilated(channels, size) for size in _DILATED),
                nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            ]
        )
        self._out = nn.Sequential(convolution(channels * EXPERTS, channels, 1), nn.ReLU())

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        """Apply the experts; weights [N, EXPERTS, 1, 1, 1]."""
        opinions = [expert(features) * weights[:, i] for i, expert in enumerate(self._ops)]
        result: Tensor = self._out(torch.cat(opinions, 1))
        return result


class _Gate(nn.Module):
    """How much each expert counts in each step: [N, C, H, W] → [N, STEPS, EXPERTS]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ca_fc = nn.Sequential(
            nn.Linear(channels, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, STEPS * EXPERTS)
        )

    def forward(self, features: Tensor) -> Tensor:
        scores = self.ca_fc(features.mean((2, 3)))
        return torch.softmax(scores.reshape(-1, STEPS, EXPERTS), -1)


class _Steps(nn.Module):
    """A 1x1 convolution and the four steps, each added to what the one before made."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.preprocess = _Layers(convolution(channels, channels, 1), nn.ReLU())
        self._ops = nn.ModuleList(_Step(channels) for _ in range(STEPS))

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        state: Tensor = self.preprocess(features)
        weights = weights[..., None, None, None]
        for index, step in enumerate(self._ops):
            state = torch.relu(state + step(state, weights[:, index]))
        return state


class MixtureOfExperts(nn.Module):
    """Four steps of eight experts: [N, C, H, W] → the same.

    Experts: separable convolutions of 1, 3, 5, 7; dilated ones of 3, 5, 7; a 3x3 average that
    leaves padding out of the count. How they are weighted is decided once for all steps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_Gate(channels), _Steps(channels)])

    def forward(self, features: Tensor) -> Tensor:
        """Return what the experts make of the features."""
        gate, steps = self.layers
        result: Tensor = steps(features, gate(features))
        return result
