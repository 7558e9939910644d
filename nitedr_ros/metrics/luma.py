"""Luma and its peak signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

_WEIGHTS = np.array([[65.481 / 255.0, 128.553 / 255.0, 24.966 / 255.0, 16.0]], np.float64)


def luma(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the luma of an RGB image, 0..255, as it is used to score de-raining.

    rgb: uint8 [H, W, 3], RGB. Result: float64 [H, W] in [16, 235], not rounded.
    Source: ITU-R BT.601, limited range.
    """
    return np.asarray(cv2.transform(rgb.astype(np.float64), _WEIGHTS), np.float64)


def psnr(first: npt.NDArray[Any], second: npt.NDArray[Any], peak: float = 255.0) -> float:
    """Return the PSNR of two images in dB; infinite where they are equal.

    Both: real, of any shape, all samples together; ValueError where the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f'expected two images of one size, got {first.shape} and {second.shape}')
    error = float(np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2))
    return float('inf') if error == 0.0 else 10.0 * float(np.log10(peak**2 / error))


def luma_psnr(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the PSNR of two RGB images on luma in dB, peak 255; infinite where they are equal.

    Both: uint8 [H, W, 3], RGB, the same size; ValueError otherwise.
    """
    return psnr(luma(first), luma(second))
