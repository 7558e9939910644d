"""Luma and its peak signal-to-noise ratio."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_WEIGHTS = np.array([65.481, 128.553, 24.966], np.float64) / 255.0


def luma(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the luma of an RGB image, 0..255, as it is used to score de-raining.

    rgb: uint8 [H, W, 3], RGB. Result: float64 [H, W] in [16, 235], not rounded.
    Source: ITU-R BT.601, limited range.
    """
    values: npt.NDArray[np.float64] = 16.0 + rgb.astype(np.float64) @ _WEIGHTS
    return values


def luma_psnr(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the PSNR of two RGB images on luma in dB, peak 255; infinite where they are equal.

    Both: uint8 [H, W, 3], RGB, the same size; ValueError otherwise.
    """
    if first.shape != second.shape:
        raise ValueError(f'expected two images of one size, got {first.shape} and {second.shape}')
    error = float(np.mean((luma(first) - luma(second)) ** 2))
    return float('inf') if error == 0.0 else 10.0 * float(np.log10(255.0**2 / error))
