"""Loss of baseline JPEG compression with 4:2:0 colour, as a batch of 8 x 8 cosine transforms."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

BLOCK = 8
# Tables K.1 and K.2 of ITU-T T.81.
_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
)  # fmt: skip
_TO_YCC = (
    (0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312),
)  # fmt: skip


def _cosines() -> Tensor:
    """Return the orthonormal 2-D cosine basis as filters, float32 [64, 1, 8, 8]."""
    rows = []
    for frequency in range(BLOCK):
        scale = math.sqrt((1 if frequency == 0 else 2) / BLOCK)
        rows.append(
            [scale * math.cos(math.pi * (x + 0.5) * frequency / BLOCK) for x in range(BLOCK)]
        )
    one = torch.tensor(rows)
    return torch.einsum('uy,vx->uvyx', one, one).reshape(BLOCK**2, 1, BLOCK, BLOCK)


class Jpeg:
    """Compresses and decompresses batches on one device."""

    def __init__(self, device: torch.device) -> None:
        self._basis = _cosines().to(device)
        self._luma = torch.tensor(_LUMA, dtype=torch.float32, device=device)[None, :, None, None]
        self._chroma = torch.tensor(_CHROMA, dtype=torch.float32, device=device)
        self._chroma = self._chroma[None, :, None, None]
        self._to_ycc = torch.tensor(_TO_YCC, device=device)
        self._to_rgb = torch.linalg.inv(self._to_ycc)

    def compress(self, image: Tensor, quality: Tensor) -> Tensor:
        """Return [N, 3, H, W] in [0, 1] as it comes back, in [0, 1]; H, W multiples of 16.

        quality: [N, 1, 1, 1], 1 to 100, in the scale of libjpeg.
        """
        ycc = torch.einsum('ij,njhw->nihw', self._to_ycc, image) * 255
        percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
        luma = self._quantise(ycc[:, :1] - 128, self._luma, percent)
        colours = functional.avg_pool2d(ycc[:, 1:], 2)
        count, _, height, width = colours.shape
        colours = self._quantise(
            colours.reshape(2 * count, 1, height, width),
            self._chroma,
            percent.repeat_interleave(2, dim=0),
        ).reshape(count, 2, height, width)
        colours = functional.interpolate(colours, scale_factor=2, mode='bilinear')
        ycc = torch.cat([luma + 128, colours], dim=1) / 255
        return torch.einsum('ij,njhw->nihw', self._to_rgb, ycc).clamp(0, 1)

    def _quantise(self, plane: Tensor, table: Tensor, percent: Tensor) -> Tensor:
        steps = ((table * percent + 50) / 100).floor().clamp(1, 255)
        spectrum = functional.conv2d(plane, self._basis, stride=BLOCK)
        spectrum = (spectrum / steps).round() * steps
        return functional.conv_transpose2d(spectrum, self._basis, stride=BLOCK)
