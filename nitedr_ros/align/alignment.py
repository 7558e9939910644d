"""What the pairs amount to: the homography, how well it fits, and what to be wary of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from nitedr_ros.align.point_pairs import PointPairs, Size
from nitedr_ros.geometry.homography import HomographyFit, fit_homography

FEWEST_PAIRS = 4
"""A homography has eight degrees of freedom, and each pair fixes two."""
ENOUGH_PAIRS = 6
"""From here on residuals tell something."""
SMALL_COVERAGE = 0.1
# A pair this many times farther off than the median is likelier a slip than noise.
_OUTLIER = 4.0
_OUTLIER_PX = 2.0


@dataclass(frozen=True, eq=False)
class Alignment:
    """A homography from pairs, and its quality.

    coverage: area of the convex hull of the visible points as a part of the visible image, 0 to 1.
    thermal_pixel_px: width of a thermal pixel in visible pixels, at the middle of the points; no
    residual can be expected to be far below half of it. warnings: a sentence each.
    """

    pairs: PointPairs
    fit: HomographyFit
    coverage: float
    thermal_pixel_px: float
    warnings: tuple[str, ...]

    @property
    def worst(self) -> int:
        """Index of the pair with the largest residual."""
        return int(np.argmax(self.fit.residuals_px))

    @property
    def worst_px(self) -> float:
        """The largest residual, visible pixels."""
        return float(self.fit.residuals_px[self.worst])


def align(pairs: PointPairs, visible_size: Size) -> Alignment:
    """Fit the homography to at least 4 pairs; visible_size: width and height, pixels.

    Raises CalibrationError where the pairs fix no homography.
    """
    fit = fit_homography(pairs.visible, pairs.thermal)
    hull = cv2.convexHull(pairs.visible.astype(np.float32))
    coverage = float(cv2.contourArea(hull)) / (visible_size[0] * visible_size[1])
    mirrors = _depth(fit, pairs) * float(np.linalg.det(fit.matrix)) < 0.0
    return Alignment(
        pairs,
        fit,
        coverage,
        _thermal_pixel(fit, pairs),
        tuple(_warnings(fit, coverage, mirrors=mirrors)),
    )


def _warnings(fit: HomographyFit, coverage: float, *, mirrors: bool) -> list[str]:
    residuals = fit.residuals_px
    warnings = []
    if mirrors:
        warnings.append(
            'the homography mirrors the image, which two cameras side by side never do; check '
            'that left and right, or top and bottom, of the points are not swapped'
        )
    if len(residuals) == FEWEST_PAIRS:
        warnings.append(
            'any 4 pairs fit exactly: the residuals are zero and tell nothing; '
            f'set at least {ENOUGH_PAIRS} pairs to see how good they are'
        )
    elif len(residuals) < ENOUGH_PAIRS:
        warnings.append(
            f'{len(residuals)} pairs leave the residuals little to tell; '
            f'set at least {ENOUGH_PAIRS}'
        )
    if coverage < SMALL_COVERAGE:
        warnings.append(
            f'the points cover {100 * coverage:.1f} % of the visible image, and the fit is a '
            'guess beyond them; spread them to the corners'
        )
    worst = int(np.argmax(residuals))
    usual = float(np.median(residuals))
    if (
        len(residuals) > ENOUGH_PAIRS
        and residuals[worst] > _OUTLIER_PX
        and residuals[worst] > _OUTLIER * usual
    ):
        warnings.append(
            f'pair {worst + 1} is {residuals[worst]:.1f} px off, the others {usual:.1f} px; '
            'check that both points show the same thing'
        )
    return warnings


def _thermal_pixel(fit: HomographyFit, pairs: PointPairs) -> float:
    """Return the side of a thermal pixel in visible pixels, by what happens to areas there."""
    return math.sqrt(abs(_depth(fit, pairs) ** 3 / float(np.linalg.det(fit.matrix))))


def _depth(fit: HomographyFit, pairs: PointPairs) -> float:
    """Return the third homogeneous coordinate at the middle of the visible points."""
    return float(np.append(pairs.visible.mean(axis=0), 1.0) @ fit.matrix[2])
