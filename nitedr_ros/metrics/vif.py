"""Visual information fidelity."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

SMALLEST = 41
"""Shortest side of an image that all four scales fit in, pixels."""
_WINDOWS = (17, 9, 5, 3)
_NOISE_VARIANCE = 2.0
_TINY = 1e-10


def vif(reference: npt.NDArray[Any], image: npt.NDArray[Any]) -> float:
    """Return the share of the information in `reference` that is left in `image`.

    Both: real [H, W], 0..255, of one size, both sides at least SMALLEST; ValueError otherwise.
    Result: 1 for equal images; above 1 where `image` has the same with more contrast; 1 by
    convention where the reference is uniform. The score of a fused image is the sum over both
    sources.
    Source: Sheikh and Bovik, "Image information and visual quality", IEEE Trans. Image Processing
    15, 2006, in its pixel domain form (VIFp): 4 scales, windows of 17, 9, 5, 3 pixels with a
    standard deviation of a fifth, valid region only, noise variance 2.
    """
    if reference.shape != image.shape or image.ndim != 2 or min(image.shape) < SMALLEST:
        raise ValueError(
            f'expected two images [H, W] of one size, {SMALLEST} pixels or more each way, '
            f'got {reference.shape} and {image.shape}'
        )
    first, second = reference.astype(np.float64), image.astype(np.float64)
    passed, offered = 0.0, 0.0
    for scale, side in enumerate(_WINDOWS):
        if scale > 0:
            first, second = (_blurred(each, side)[::2, ::2] for each in (first, second))
        gain, variance, noise = _channel(first, second, side)
        passed += float(np.log10(1.0 + gain * gain * variance / (noise + _NOISE_VARIANCE)).sum())
        offered += float(np.log10(1.0 + variance / _NOISE_VARIANCE).sum())
    return passed / offered if offered > 0.0 else 1.0


def _channel(first: Float64, second: Float64, side: int) -> tuple[Float64, Float64, Float64]:
    """Return gain, variance of the reference and variance of the noise at each place.

    The image is taken for the reference times a gain plus noise.
    """
    mean_1, mean_2 = _blurred(first, side), _blurred(second, side)
    variance_1 = np.maximum(_blurred(first * first, side) - mean_1 * mean_1, 0.0)
    variance_2 = np.maximum(_blurred(second * second, side) - mean_2 * mean_2, 0.0)
    covariance = _blurred(first * second, side) - mean_1 * mean_2
    gain = covariance / (variance_1 + _TINY)
    noise = variance_2 - gain * covariance
    flat, flat_image = variance_1 < _TINY, variance_2 < _TINY
    gain[flat | flat_image] = 0.0
    noise[flat] = variance_2[flat]
    noise[flat_image] = 0.0
    variance_1[flat] = 0.0
    against = gain < 0.0
    noise[against] = variance_2[against]
    gain[against] = 0.0
    return gain, variance_1, np.maximum(noise, _TINY)


def _blurred(image: Float64, side: int) -> Float64:
    """Return the Gaussian mean where the window lies wholly inside the image."""
    kernel = cv2.getGaussianKernel(side, side / 5.0, cv2.CV_64F)
    edge = side // 2
    return np.asarray(
        cv2.sepFilter2D(image, cv2.CV_64F, kernel, kernel)[edge:-edge, edge:-edge], np.float64
    )
