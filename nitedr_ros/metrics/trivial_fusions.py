"""Fusions without a network, as the yardstick of every fused image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

LEVELS = 4
"""Levels of detail in the Laplacian pyramid, above its base."""


def trivial_fusions(visible: npt.NDArray[Any], thermal: npt.NDArray[Any]) -> dict[str, Float64]:
    """Return the trivial fusions by name: `average`, `maximum`, `laplacian_pyramid`.

    visible, thermal: real [H, W], 0..255, of one size, ValueError otherwise. Results: float64
    [H, W], 0..255; the average is not rounded, the pyramid is.
    """
    if visible.shape != thermal.shape or visible.ndim != 2:
        raise ValueError(
            f'expected two images [H, W] of one size, got {visible.shape} and {thermal.shape}'
        )
    seen, warm = visible.astype(np.float64), thermal.astype(np.float64)
    return {
        'average': (seen + warm) / 2.0,
        'maximum': np.maximum(seen, warm),
        'laplacian_pyramid': _laplacian_pyramid(seen, warm),
    }


def _laplacian_pyramid(visible: Float64, thermal: Float64) -> Float64:
    """Fuse by the larger absolute detail on each level, and the mean of the bases.

    Source: Burt and Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans.
    Communications 31, 1983; Burt and Kolczynski, "Enhanced image capture through fusion",
    ICCV 1993.
    """
    base_1, details_1 = _taken_apart(visible)
    base_2, details_2 = _taken_apart(thermal)
    fused = (base_1 + base_2) / 2.0
    for one, other in zip(reversed(details_1), reversed(details_2), strict=True):
        fused = _enlarged(fused, one) + np.where(np.abs(one) >= np.abs(other), one, other)
    return np.clip(np.rint(fused), 0.0, 255.0)


def _taken_apart(image: Float64) -> tuple[Float64, list[Float64]]:
    """Return the base and the details, finest first."""
    details = []
    for _ in range(LEVELS):
        smaller = np.asarray(cv2.pyrDown(image), np.float64)
        details.append(image - _enlarged(smaller, image))
        image = smaller
    return image, details


def _enlarged(image: Float64, like: Float64) -> Float64:
    return np.asarray(cv2.pyrUp(image, dstsize=(like.shape[1], like.shape[0])), np.float64)
