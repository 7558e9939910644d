"""Pairs of points that show the same thing in both images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import InputError

Float64 = npt.NDArray[np.float64]
Size = tuple[int, int]

COLUMNS = ('visible_x', 'visible_y', 'thermal_x', 'thermal_y')
"""What the four numbers of a pair are called, in their order."""
MOST_PAIRS = 1000


@dataclass(frozen=True, eq=False)
class PointPairs:
    """Points in both images, row i of one belonging to row i of the other.

    visible, thermal: float64 [N, 2], x and y in pixels of the full-size images.
    """

    visible: Float64
    thermal: Float64

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.visible)

    def rows(self) -> list[list[float]]:
        """Return the pairs as lists of four numbers, in the order of `COLUMNS`."""
        rows: list[list[float]] = np.hstack([self.visible, self.thermal]).tolist()
        return rows


class PairBuilder:
    """Takes the rows of pairs one by one and refuses what can't be a point of the images.

    visible_size, thermal_size: width and height of the images, pixels.
    """

    def __init__(self, visible_size: Size, thermal_size: Size) -> None:
        self._sizes = (*visible_size, *thermal_size)
        self._rows: list[list[float]] = []

    def add(self, place: str, row: Sequence[Any]) -> None:
        """Take a row of four numbers; `place` says in errors where it stands.

        Raises InputError where it isn't four finite numbers, or a point is outside its image.
        """
        if len(row) != len(COLUMNS):
            raise InputError(
                f'{place}: expected {len(COLUMNS)} numbers ({", ".join(COLUMNS)}), '
                f'got {len(row)}: complete the pair or delete it'
            )
        if len(self._rows) == MOST_PAIRS:
            raise InputError(f'{place}: expected at most {MOST_PAIRS} pairs: delete some')
        self._rows.append(
            [
                self._coordinate(place, *named)
                for named in zip(COLUMNS, row, self._sizes, strict=True)
            ]
        )

    def build(self) -> PointPairs:
        """Return the pairs taken."""
        table = np.array(self._rows, np.float64).reshape(-1, len(COLUMNS))
        return PointPairs(table[:, :2], table[:, 2:])

    @staticmethod
    def _coordinate(place: str, name: str, value: Any, extent: int) -> float:
        number = math.nan
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                number = math.nan
        if not -0.5 <= number <= extent - 0.5:
            raise InputError(
                f'{place}: expected {name} from -0.5 to {extent - 0.5}, pixels of the full-size '
                f'image, got {str(value)[:40]!r}: correct the point'
            )
        return number
