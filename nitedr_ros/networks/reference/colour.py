"""The two colour conversions that the published weights expect; they are not inverses."""

from __future__ import annotations

import torch
from torch import Tensor

# OpenCV computes 8-bit YCrCb in integers: these over 2^14, halves rounded up. All products and
# sums of them are exact in float32, so that the floors below give the very same grey levels.
_Y = (4899 / 16384, 9617 / 16384, 1868 / 16384)
_CR = 11682 / 16384
_CB = 9241 / 16384


def levels_to_ycrcb(rgb: Tensor) -> Tensor:
    """Convert RGB to YCrCb as cv2.cvtColor does with 8-bit images (full range, BT.601).

    rgb: float [N, 3, H, W], whole grey levels 0 to 255. Returns the same, scaled to [-1, 1].
    """
    red, green, blue = rgb.split(1, 1)
    luma = torch.floor(red * _Y[0] + green * _Y[1] + blue * _Y[2] + 0.5)
    cr = torch.floor((red - luma) * _CR + 128.5)
    cb = torch.floor((blue - luma) * _CB + 128.5)
    return torch.cat([luma, cr, cb], 1).clamp(0, 255) / 127.5 - 1


def limited_range_rgb(ycrcb: Tensor) -> Tensor:
    """Convert YCrCb to RGB by the limited-range BT.601 matrix.

    ycrcb: float [N, 3, H, W] in [0, 1]. Returns RGB, float [N, 3, H, W], which leaves [0, 1].
    """
    luma, cr, cb = ycrcb.split(1, 1)
    luma = (luma - 16 / 255) * 1.164
    cr = cr - 128 / 255
    cb = cb - 128 / 255
    red = luma + cr * 1.596
    green = luma - cb * 0.392 - cr * 0.813
    blue = luma + cb * 2.017
    return torch.cat([red, green, blue], 1)
