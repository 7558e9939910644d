"""All parameters of a batch, drawn at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nitedr_ros.training.rain.config import RainConfig
from nitedr_ros.training.rain.ranges import Logarithmic

_SECTIONS = ('motion', 'streaks', 'veil', 'glare', 'lens', 'camera')
_COLOURS = ('tint', 'airlight_tint', 'cast')
"""Parameters that are drawn for each colour."""


class ParameterDraw:
    """Draws the parameters of every sample in a handful of operations, on one device."""

    def __init__(self, config: RainConfig, device: torch.device) -> None:
        self._names: list[str] = []
        self._columns: list[int] = []
        lows: list[float] = []
        highs: list[float] = []
        logarithmic: list[bool] = []
        for section in _SECTIONS:
            part = getattr(config, section)
            for name, field in type(part).model_fields.items():
                value = getattr(part, name)
                if not isinstance(value, tuple):
                    continue
                log = any(isinstance(mark, Logarithmic) for mark in field.metadata)
                columns = 3 if name in _COLOURS else 1
                self._names.append(name)
                self._columns.append(columns)
                low, high = (math.log(end) if log else end for end in value)
                lows += [low] * columns
                highs += [high] * columns
                logarithmic += [log] * columns
        self._low = torch.tensor(lows, device=device)
        self._span = torch.tensor(highs, device=device) - self._low
        self._logarithmic = torch.tensor(logarithmic, device=device)

    def draw(self, count: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Draw float32 [count, 1, 1, 1] for each range of the configuration, by its name.

        Those of _COLOURS are [count, 3, 1, 1].
        """
        chance = torch.rand(count, len(self._low), generator=generator, device=generator.device)
        value = self._low + self._span * chance
        value = torch.where(self._logarithmic, value.exp(), value)[:, :, None, None]
        return dict(zip(self._names, value.split(self._columns, dim=1), strict=True))
