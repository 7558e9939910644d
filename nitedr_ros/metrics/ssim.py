"""Structural similarity."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

WINDOW = 11
"""Side of the Gaussian window, pixels; its standard deviation is SIGMA."""
SIGMA = 1.5
_K1, _K2 = 0.01, 0.03

Float64 = npt.NDArray[np.float64]


def ssim_map(first: npt.NDArray[Any], second: npt.NDArray[Any], peak: float = 255.0) -> Float64:
    """Return the structural similarity of two images at each place.

    first, second: real [H, W], the same size, both sides at least WINDOW; ValueError otherwise.
    peak: the largest value there can be. Result: float64 [H - 10, W - 10], where the window lies
    wholly inside the images; at most 1, which is equality.
    Source: Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to
    Structural Similarity", 2004; Gaussian window, covariances not corrected for sample size.
    """
    if first.shape != second.shape or first.ndim != 2 or min(first.shape) < WINDOW:
        raise ValueError(
            f'expected two images [H, W] of one size, {WINDOW} pixels or more each way, '
            f'got {first.shape} and {second.shape}'
        )
    one, other = first.astype(np.float64), second.astype(np.float64)
    mean_1, mean_2 = _blurred(one), _blurred(other)
    variance_1 = _blurred(one * one) - mean_1 * mean_1
    variance_2 = _blurred(other * other) - mean_2 * mean_2
    covariance = _blurred(one * other) - mean_1 * mean_2
    c1, c2 = (_K1 * peak) ** 2, (_K2 * peak) ** 2
    alike = (2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)
    return np.asarray(
        alike / ((mean_1 * mean_1 + mean_2 * mean_2 + c1) * (variance_1 + variance_2 + c2)),
        np.float64,
    )


def ssim(first: npt.NDArray[Any], second: npt.NDArray[Any], peak: float = 255.0) -> float:
    """Return the mean structural similarity of two images; see `ssim_map`."""
    return float(ssim_map(first, second, peak).mean())


def _blurred(image: Float64) -> Float64:
    kernel = cv2.getGaussianKernel(WINDOW, SIGMA, cv2.CV_64F)
    edge = WINDOW // 2
    return np.asarray(
        cv2.sepFilter2D(image, cv2.CV_64F, kernel, kernel)[edge:-edge, edge:-edge], np.float64
    )
