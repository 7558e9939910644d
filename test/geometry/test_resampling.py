"""Applying maps."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.geometry.pixels import pixel_grid
from nitedr_ros.geometry.resampling import Resampling


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize('replicate', [True, False])
def test_a_shift_takes_the_neighbours(dtype, replicate) -> None:
    image = np.arange(20 * 30).reshape(20, 30).astype(dtype)
    moved = Resampling(pixel_grid(18, 28) + 1.0, 20, 30, replicate=replicate).apply(image)
    assert moved.dtype == dtype
    if replicate:
        # The last pixels lie 1/32 off.
        np.testing.assert_array_equal(moved[:-1, :-1], image[1:-2, 1:-2])
    else:
        np.testing.assert_array_equal(moved, image[1:-1, 1:-1])


def test_outside_is_black_or_goes_on() -> None:
    image = np.full((20, 30, 3), 80, np.uint8)
    pixels = pixel_grid(20, 30) - (10.0, 0.0)
    pixels[:, :5] = np.nan
    black = Resampling(pixels, 20, 30)
    assert not black.apply(image)[:, :10].any()
    assert (black.apply(image)[:, 10:] == 80).all()
    np.testing.assert_array_equal(black.mask[:, 9:11], [[0, 255]] * 20)
    assert (Resampling(pixels, 20, 30, replicate=True).apply(image) == 80).all()


def test_holes_take_what_is_nearest_to_them() -> None:
    image = np.repeat(np.arange(0, 120, 4, dtype=np.uint8)[None], 20, axis=0)
    pixels = pixel_grid(20, 30)
    pixels[:, 25:] = np.nan
    filled = Resampling(pixels, 20, 30, replicate=True).apply(image)
    assert (filled[:, 25:] == image[0, 24]).all()


@pytest.mark.parametrize(('scale_u', 'scale_v'), [(2.0, 2.0), (3.0, 1.0), (4.5, 2.25), (1.0, 5.0)])
def test_reducing_averages_and_keeps_places(scale_u, scale_v) -> None:
    height, width = 181, 251
    rows, columns = int(height / scale_v), int(width / scale_u)
    pixels = (pixel_grid(rows, columns) + 0.5) * (scale_u, scale_v) - 0.5
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    resampling = Resampling(pixels, height, width)
    for ramp, expected in ((u, pixels[..., 0]), (v, pixels[..., 1])):
        reduced = resampling.apply(ramp.astype(np.float32))
        np.testing.assert_allclose(reduced[2:-2, 2:-2], expected[2:-2, 2:-2], atol=0.1)
    assert resampling.mask.all()


def test_infinities_are_outside() -> None:
    pixels = pixel_grid(20, 30)
    pixels[0, 0] = np.inf
    pixels[0, 1] = -1e300
    resampling = Resampling(pixels, 20, 30)
    assert resampling.mask[0].tolist() == [0, 0] + [255] * 28


def test_another_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match='expected an image of'):
        Resampling(pixel_grid(20, 30), 20, 30).apply(np.zeros((30, 20), np.uint8))
