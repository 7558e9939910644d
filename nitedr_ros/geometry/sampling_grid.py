"""Maps as a network graph's GridSample takes them, for graphs that resample camera images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.geometry.pixels import pixel_grid
from nitedr_ros.geometry.resampling import Resampling
from nitedr_ros.geometry.thermal_map import ThermalMap
from nitedr_ros.geometry.visible_view import VisibleView

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SamplingGrid:
    """Where to fetch each output pixel in a source image that is reduced by averaging first.

    points: float32 [1, h, w, 2], x and y; -1 and 1 are the outer borders of the reduced image
    (GridSample with align_corners=0), which ends with its last whole bin.
    bins: how many columns and rows of the source are averaged, powers of 2.
    """

    points: Float32
    bins: tuple[int, int]


def visible_grid(view: VisibleView) -> SamplingGrid:
    """Return what brings visible images into the view as `VisibleView.apply` does.

    For bilinear sampling with zeros beyond the border.
    """
    if view.resampling is None:
        source, size = (view.full_height, view.full_width), (view.height, view.width)
        return resizing_grid(source, size)
    return resampling_grid(view.resampling)


def thermal_grid(there: ThermalMap, height: int, width: int) -> SamplingGrid:
    """Return what brings thermal images into the view as `ThermalMap.apply` does.

    height, width: of the thermal images after cropping, pixels. For bilinear sampling with the
    border going on.
    """
    if there.resampling is None:
        return resizing_grid((height, width), (there.view.height, there.view.width))
    return resampling_grid(there.resampling)


def resampling_grid(resampling: Resampling) -> SamplingGrid:
    """Return the map of a resampling, exact to the fractions of pixels that it keeps."""
    return _normalised(resampling.binned_coordinates(), resampling.source, resampling.bins)


def resizing_grid(source: tuple[int, int], size: tuple[int, int]) -> SamplingGrid:
    """Return what resizes an image, as `register_aligned` does, within the source's border.

    source, size: (height, width), pixels. Where the image shrinks by another factor than a power
    of 2, that averages over the exact area of an output pixel, and this over whole bins and then
    between two of them: the same on average, but details as fine as a pixel differ.
    """
    (height, width), (out_height, out_width) = source, size
    bins = (1, 1)
    if out_height < height and out_width < width:
        bins = (_power_of_two(width // out_width), _power_of_two(height // out_height))
    scale = np.array((width / (out_width * bins[0]), height / (out_height * bins[1])))
    coordinates = (pixel_grid(out_height, out_width) + 0.5) * scale - 0.5
    np.clip(coordinates, 0.0, _reduced(source, bins) - 1.0, out=coordinates)
    return _normalised(coordinates, source, bins)


def _normalised(
    coordinates: npt.NDArray[np.floating], source: tuple[int, int], bins: tuple[int, int]
) -> SamplingGrid:
    points = (coordinates + 0.5) * (2.0 / _reduced(source, bins)) - 1.0
    return SamplingGrid(points.astype(np.float32)[None], bins)


def _reduced(source: tuple[int, int], bins: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return width and height of the reduced image, pixels."""
    return np.array((source[1] // bins[0], source[0] // bins[1]), np.float64)


def _power_of_two(reduction: int) -> int:
    return 1 << (reduction.bit_length() - 1)
