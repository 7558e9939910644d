"""How much of the sources' edges a fused image keeps."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_STRENGTH_GAIN, _STRENGTH_STEEPNESS, _STRENGTH_MIDDLE = 0.9994, -15.0, 0.5
_ANGLE_GAIN, _ANGLE_STEEPNESS, _ANGLE_MIDDLE = 0.9879, -22.0, 0.8


def qabf(visible: npt.NDArray[Any], thermal: npt.NDArray[Any], fused: npt.NDArray[Any]) -> float:
    """Return the share of both sources' edges, weighted by their strength, that is in `fused`.

    All: real [H, W], 0..255, of one size, ValueError otherwise. Result 0..1, more is better; 0
    where neither source has an edge. The border is reflected without the outermost pixel.
    Source: Xydeas and Petrovic, "Objective image fusion performance measure", Electronics Letters
    36, 2000, with that paper's constants, weights to the power of 1.
    """
    if not visible.shape == thermal.shape == fused.shape or fused.ndim != 2:
        raise ValueError(
            'expected three images [H, W] of one size, '
            f'got {visible.shape}, {thermal.shape} and {fused.shape}'
        )
    edges = _edges(fused)
    kept, total = 0.0, 0.0
    for source in (visible, thermal):
        strength, angle = _edges(source)
        kept += float((_preserved(strength, angle, *edges) * strength).sum())
        total += float(strength.sum())
    return kept / total if total > 0.0 else 0.0


def _edges(image: npt.NDArray[Any]) -> tuple[Float64, Float64]:
    """Return strength and angle (-pi/2..pi/2) of the edge at each pixel."""
    values = image.astype(np.float64)
    across = np.asarray(cv2.Sobel(values, cv2.CV_64F, 1, 0, ksize=3), np.float64)
    down = np.asarray(cv2.Sobel(values, cv2.CV_64F, 0, 1, ksize=3), np.float64)
    upright = across == 0.0
    slope = down / np.where(upright, 1.0, across)
    return np.hypot(across, down), np.where(upright, np.pi / 2, np.arctan(slope))


def _preserved(
    strength: Float64, angle: Float64, fused_strength: Float64, fused_angle: Float64
) -> Float64:
    """Return how well each edge of a source is preserved, 0..1."""
    larger = np.maximum(strength, fused_strength)
    ratio = np.minimum(strength, fused_strength) / np.where(larger == 0.0, 1.0, larger)
    alike = 1.0 - np.abs(angle - fused_angle) / (np.pi / 2)
    return np.asarray(
        _STRENGTH_GAIN
        / (1.0 + np.exp(_STRENGTH_STEEPNESS * (ratio - _STRENGTH_MIDDLE)))
        * (_ANGLE_GAIN / (1.0 + np.exp(_ANGLE_STEEPNESS * (alike - _ANGLE_MIDDLE)))),
        np.float64,
    )
