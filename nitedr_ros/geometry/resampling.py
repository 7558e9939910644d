"""Fetching the pixels of one view from the image of another, fast."""

from __future__ import annotations

from typing import TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]
Scalar = TypeVar('Scalar', np.uint8, np.uint16, np.float32)

_TOLERANCE = 1e-3
_PLACES = 128
_FARTHEST_PX = 1e6
# From version 5 on, OpenCV takes half the time for one channel if the map is floating-point.
_FLOAT_FOR_ONE_CHANNEL = int(cv2.__version__.split('.')[0]) >= 5


class Resampling:
    """A map from output to source pixels, ready to be applied to any number of images.

    Bilinear, with fixed-point coordinates (1/32 pixel). A source that is reduced by a factor of 2
    or more everywhere, in u or in v, is halved first by averaging, as often as that holds, so that
    nothing aliases.
    """

    def __init__(
        self, pixels: Float64, height: int, width: int, *, replicate: bool = False
    ) -> None:
        """Prepare the map.

        pixels: float64 [h, w, 2], the source pixel (u, v) of each output pixel; NaN for none.
        height, width: of the source, pixels. replicate: whether what lies outside the source shows
        its border, without an edge, instead of black.
        """
        self.source = (height, width)
        """Height and width of the source, pixels."""
        self._replicate = replicate
        inside = _within(pixels[..., 0], width) & _within(pixels[..., 1], height)
        self.mask: UInt8 = np.where(inside, np.uint8(255), np.uint8(0))
        """uint8 [h, w], 255 where the output pixel lies within the source, 0 where not."""
        self.bins = _bins(pixels, inside)
        """How many source pixels in u and v are averaged first, powers of 2."""
        if replicate:
            pixels = _filled(pixels)
        u, v = (
            _coordinates(pixels[..., axis], bins, size // bins - 1.0, replicate=replicate)
            for axis, (bins, size) in enumerate(zip(self.bins, (width, height), strict=True))
        )
        maps = cv2.convertMaps(u, v, cv2.CV_16SC2)
        self._maps = self._one_channel_maps = maps
        if _FLOAT_FOR_ONE_CHANNEL:
            self._one_channel_maps = cv2.convertMaps(*maps, cv2.CV_32FC1)

    def apply(self, image: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return the output view of an image, the same type.

        image: uint8, uint16 or float32, [H, W] or [H, W, C] of the source's size. Raises
        ValueError for another size.
        """
        if image.shape[:2] != self.source:
            raise ValueError(f'expected an image of {self.source}, got {image.shape}')
        image = _binned(image, *self.bins)
        maps = self._one_channel_maps if image.ndim == 2 else self._maps
        border = cv2.BORDER_REPLICATE if self._replicate else cv2.BORDER_CONSTANT
        return cast(
            'npt.NDArray[Scalar]',
            cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=border, borderValue=0),
        )

    def binned_coordinates(self) -> Float32:
        """Return where `apply` fetches each output pixel, in the source that is averaged first.

        float32 [h, w, 2], (u, v) in its pixels, exact; what lies outside is kept near the border.
        """
        u, v = cv2.convertMaps(*self._maps, cv2.CV_32FC1)
        return np.stack((u, v), axis=-1)


def _within(coordinates: Float64, size: int) -> npt.NDArray[np.bool_]:
    """Say which coordinates lie between the outer borders of so many pixels; NaN doesn't."""
    with np.errstate(invalid='ignore'):
        return (coordinates >= -0.5) & (coordinates <= size - 0.5)


def _coordinates(
    pixels: Float64, bins: int, last: float, *, replicate: bool
) -> npt.NDArray[np.float32]:
    """Return one coordinate of the source pixels in its binned image, kept near it; [h, w]."""
    if replicate:
        # Just within the last pixel, since OpenCV takes a slow path from there on.
        low, high = 0.0, max(last - 1.0 / cv2.INTER_TAB_SIZE, 0.0)
    else:
        # Two pixels outside is as far as bilinear sampling tells places apart.
        low, high = -2.0, last + 2.0
    binned = (pixels + 0.5) / bins - 0.5
    # In this order, NaN becomes the lower end.
    np.fmin(np.fmax(binned, low, out=binned), high, out=binned)
    return binned.astype(np.float32)


def _binned(image: npt.NDArray[Scalar], bin_x: int, bin_y: int) -> npt.NDArray[Scalar]:
    """Average bins of pixels, by halving again and again: OpenCV is fast at that alone."""
    while bin_x > 1 or bin_y > 1:
        by_x, by_y = min(bin_x, 2), min(bin_y, 2)
        rows, columns = image.shape[0] // by_y, image.shape[1] // by_x
        image = cast(
            'npt.NDArray[Scalar]',
            cv2.resize(
                image[: rows * by_y, : columns * by_x],
                (columns, rows),
                interpolation=cv2.INTER_AREA,
            ),
        )
        bin_x, bin_y = bin_x // by_x, bin_y // by_y
    return image


def _bins(pixels: Float64, inside: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many source pixels in u and v to average: powers of 2, by the reduction."""
    # The map is smooth: so many places show its least reduction.
    by = max(1, min(pixels.shape[:2]) // _PLACES)
    here = pixels[:-1:by, :-1:by]
    down, across = pixels[1::by, :-1:by] - here, pixels[:-1:by, 1::by] - here
    steps = np.hypot(down, across)[inside[:-1:by, :-1:by]]
    steps = steps[np.isfinite(steps).all(axis=-1)]
    if not steps.size:
        return 1, 1
    across_u, across_v = steps.min(axis=0) + _TOLERANCE
    return _power_of_two(across_u), _power_of_two(across_v)


def _power_of_two(reduction: float) -> int:
    return int(1 << max(0, int(np.log2(max(reduction, 1.0)))))


def _filled(pixels: Float64) -> Float64:
    """Give output pixels without a source pixel, or with one far out, that of the nearest."""
    with np.errstate(invalid='ignore'):
        near = np.abs(pixels) < _FARTHEST_PX
    missing = ~(near[..., 0] & near[..., 1])
    if not missing.any() or missing.all():
        return pixels
    _, labels = cv2.distanceTransformWithLabels(
        np.where(missing, np.uint8(1), np.uint8(0)), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_label = np.zeros((int(labels.max()) + 1, 2))
    by_label[labels[~missing]] = pixels[~missing]
    return np.asarray(by_label[labels], np.float64)
