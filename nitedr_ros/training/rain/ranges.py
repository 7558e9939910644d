"""Ranges that a parameter is drawn from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


class Logarithmic:
    """Marks a range whose logarithm is drawn evenly."""


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f'expected the lower end first, got {value[0]:g} and {value[1]:g}')
    return value


def _positive(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] <= 0:
        raise ValueError(f'expected a lower end above 0, got {value[0]:g}')
    return value


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
LogRange = Annotated[
    tuple[float, float], AfterValidator(_ordered), AfterValidator(_positive), Logarithmic()
]
