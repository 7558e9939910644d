"""A homography from corresponding points, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.pixels import transform_pixels

Float64 = npt.NDArray[np.float64]

_CLOSEST_PX = 1.0
_DEGENERATE = 1e-3


@dataclass(frozen=True, eq=False)
class HomographyFit:
    """A homography and the distances that remain, visible pixels.

    matrix: float64 [3, 3], visible to thermal pixels, its last number 1. residuals_px: float64
    [N], how far each thermal point, brought back, lies from its visible one. rms_px: root of the
    mean of their squares; with 4 points it is 0 whatever they are.
    """

    matrix: Float64
    residuals_px: Float64
    rms_px: float

    @property
    def max_px(self) -> float:
        """The largest distance that remains, visible pixels."""
        return float(self.residuals_px.max())


def fit_homography(visible: npt.ArrayLike, thermal: npt.ArrayLike) -> HomographyFit:
    """Fit a homography to points that are the same in both images.

    visible, thermal: pixels (u, v), [N, 2], N >= 4. Least squares of the distances in visible
    pixels: the normalised direct linear transformation (Hartley 1997), then refined. Raises
    CalibrationError for fewer points, NaN, the same point twice, points (nearly) on one line, and
    points that no camera could see like that.
    """
    seen, warm = np.array(visible, np.float64), np.array(thermal, np.float64)
    if seen.ndim != 2 or seen.shape != warm.shape or seen.shape[1] != 2:
        raise CalibrationError(
            f'expected as many visible as thermal points, got {len(seen)} and {len(warm)}'
        )
    if len(seen) < 4:
        raise CalibrationError(f'expected at least 4 pairs of points, got {len(seen)}; add more')
    if not (np.isfinite(seen).all() and np.isfinite(warm).all()):
        raise CalibrationError('expected finite pixels, got NaN or infinity; pick them again')
    for points, image in ((seen, 'visible'), (warm, 'thermal')):
        _refuse_duplicates(points, image)
    if _weakness(seen, warm) < _DEGENERATE:
        raise _degenerate()
    back, _ = cv2.findHomography(warm, seen, 0)
    if back is None or not np.isfinite(back).all() or abs(np.linalg.det(back)) < 1e-12:
        raise _degenerate()
    back *= np.sign(np.append(warm.mean(axis=0), 1.0) @ back[2])
    distances = np.linalg.norm(transform_pixels(np.asarray(back, np.float64), warm) - seen, axis=1)
    matrix = np.linalg.inv(back)
    if not np.isfinite(distances).all() or matrix[2, 2] == 0.0:
        raise CalibrationError(
            'expected points that both cameras can see like that, got some beyond the horizon; '
            'check that each pair is the same thing'
        )
    return HomographyFit(
        np.asarray(matrix / matrix[2, 2], np.float64),
        distances,
        float(np.sqrt(np.mean(distances**2))),
    )


def _refuse_duplicates(points: Float64, image: str) -> None:
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    apart[np.tril_indices(len(points))] = np.inf
    first, second = np.unravel_index(int(apart.argmin()), apart.shape)
    if apart[first, second] < _CLOSEST_PX:
        raise CalibrationError(
            f'expected different points, got {image} points {first + 1} and {second + 1} at the '
            'same place; remove one'
        )


def _degenerate() -> CalibrationError:
    return CalibrationError(
        'expected points that span an area, 4 of them with no 3 on one line, got points that '
        'leave the homography open; add some away from that line'
    )


def _weakness(seen: Float64, warm: Float64) -> float:
    """Return how well the points determine the homography: 0 not at all, up to 1."""
    (x, y), (u, v) = _normalised(seen).T, _normalised(warm).T
    one, nil = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        (
            np.column_stack((x, y, one, nil, nil, nil, -u * x, -u * y, -u)),
            np.column_stack((nil, nil, nil, x, y, one, -v * x, -v * y, -v)),
        )
    )
    strengths = np.linalg.svd(rows, compute_uv=False)
    return float(strengths[7] / strengths[0])


def _normalised(points: Float64) -> Float64:
    centred = points - points.mean(axis=0)
    return np.asarray(centred / np.sqrt(np.mean(centred**2)), np.float64)
