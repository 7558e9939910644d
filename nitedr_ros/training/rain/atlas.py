"""Periodic textures side by side in one image, so that one operation samples any of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


class Atlas:
    """Textures float32 [L, C, S, S], each of which goes on beyond its border at its other side."""

    def __init__(self, textures: Tensor) -> None:
        self.count, self.channels, self.size, _ = textures.shape
        columns = math.ceil(math.sqrt(self.count))
        rows = math.ceil(self.count / columns)
        # Bilinear sampling between the last pixel and the first needs the first again.
        tiles = functional.pad(textures, (0, 1, 0, 1), mode='circular')
        tiles = functional.pad(tiles, (0, 0, 0, 0, 0, 0, 0, rows * columns - self.count))
        pitch = self.size + 1
        tiles = tiles.view(rows, columns, self.channels, pitch, pitch)
        image = tiles.permute(2, 0, 3, 1, 4).reshape(self.channels, rows * pitch, columns * pitch)
        self._image = image[None].contiguous()
        self._columns, self._pitch = columns, pitch

    def sample(self, index: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Sample textures bilinearly.

        index: int64 [M], which texture. u, v: float32 [M, H, W], columns and rows in pixels of the
        texture, any value. Returns float32 [M, C, H, W].
        """
        count, height, width = u.shape
        index = index[:, None, None]
        column = torch.remainder(index, self._columns) * self._pitch
        row = torch.div(index, self._columns, rounding_mode='floor') * self._pitch
        rows, columns = self._image.shape[-2:]
        x = (u.remainder(self.size) + column) * (2 / (columns - 1)) - 1
        y = (v.remainder(self.size) + row) * (2 / (rows - 1)) - 1
        grid = torch.stack([x, y], dim=-1).view(1, count * height, width, 2)
        sampled = functional.grid_sample(
            self._image, grid, mode='bilinear', padding_mode='border', align_corners=True
        )
        return sampled.view(self.channels, count, height, width).transpose(0, 1)
