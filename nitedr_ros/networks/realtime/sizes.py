"""The sizes that there are."""

from __future__ import annotations

from dataclasses import dataclass

from nitedr_ros.networks.realtime.blocks import POOLING
from nitedr_ros.networks.realtime.cells import CELL


@dataclass(frozen=True)
class PairSize:
    """Widths and depths of a pair.

    finest: pixels a side of a place of CleanNet's finest level, 2 or 4. widths: its channels at
    each level, each level at half the height and width of the one before. down, up: layers per
    level on the way down (the last one is the bottom) and back up, from the finest level on.
    fusion_width, fusion_depth: FusionNet's channels and layers.

    Channels are best multiples of 32, for bf16 on CPUs and for tensor cores.
    """

    finest: int
    widths: tuple[int, ...]
    down: tuple[int, ...]
    up: tuple[int, ...]
    fusion_width: int
    fusion_depth: int

    def __post_init__(self) -> None:
        if self.finest not in (2, 4):
            raise ValueError(f'expected finest 2 or 4, got {self.finest}')
        levels = len(self.widths)
        if levels < 2 or len(self.down) != levels or len(self.up) != levels - 1:
            raise ValueError(f'expected depths for {levels} levels, got {self.down}, {self.up}')

    @property
    def stride(self) -> int:
        """Height and width of images must be multiples of this many pixels."""
        return max(CELL * POOLING, self.finest * 2 ** (len(self.widths) - 1))

    @property
    def side(self) -> int:
        """Places of the finest level a side of each cell."""
        return CELL // self.finest


SIZES = {
    'nano': PairSize(2, (16, 32, 64, 96), (1, 1, 1, 1), (1, 0, 0), 32, 0),
    's': PairSize(2, (32, 48, 96, 128), (1, 1, 1, 1), (1, 1, 0), 48, 1),
    'm': PairSize(2, (32, 64, 128, 192), (2, 3, 3, 2), (2, 3, 2), 64, 2),
    'teacher': PairSize(2, (48, 96, 192, 256), (3, 4, 6, 8), (4, 4, 4), 64, 4),
}
"""By name. The teacher is too slow for use; smaller ones learn from it."""
