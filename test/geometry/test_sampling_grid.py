"""Grids fetch from where the maps do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.geometry.aligned import register_aligned
from nitedr_ros.geometry.pixels import pixel_grid
from nitedr_ros.geometry.registrar import Registrar
from nitedr_ros.geometry.resampling import Resampling
from nitedr_ros.geometry.sampling_grid import (
    SamplingGrid,
    resampling_grid,
    resizing_grid,
    thermal_grid,
    visible_grid,
)

sides = st.integers(9, 70)
factors = st.floats(0.3, 4.7)


def sampled(image: np.ndarray, grid: SamplingGrid, *, border: bool = False) -> np.ndarray:
    """Average and sample an image [H, W] as GridSample is defined; float64 [h, w]."""
    columns, rows = grid.bins
    height, width = image.shape[0] // rows, image.shape[1] // columns
    whole = image[: height * rows, : width * columns].astype(np.float64)
    reduced = whole.reshape(height, rows, width, columns).mean(axis=(1, 3))
    x, y = ((grid.points[0].astype(np.float64) + 1.0) * (width, height) / 2.0 - 0.5).T
    x, y = x.T, y.T
    if border:
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    padded = np.pad(reduced, 4, mode='constant')
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    result = np.zeros(x.shape)
    for down in (0, 1):
        for right in (0, 1):
            weight = np.abs(1 - down - (y - top)) * np.abs(1 - right - (x - left))
            result += weight * padded[top + down + 4, left + right + 4]
    return result


def texture(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(4).integers(0, 256, (height, width), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), np.uint8)


@given(
    source=st.tuples(sides, sides),
    size=st.tuples(sides, sides),
    scale=st.tuples(factors, factors),
    shift=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    turn=st.floats(-0.3, 0.3),
    replicate=st.booleans(),
)
def test_a_resampling_is_kept(source, size, scale, shift, turn, replicate) -> None:
    cosine, sine = np.cos(turn), np.sin(turn)
    pixels = pixel_grid(*size) * scale @ np.array([[cosine, sine], [-sine, cosine]]) + shift
    resampling = Resampling(pixels, *source, replicate=replicate)
    grid = resampling_grid(resampling)
    assert grid.points.shape == (1, *size, 2)
    assert grid.points.dtype == np.float32
    assert grid.bins == resampling.bins
    image = np.random.default_rng(3).uniform(0, 255, source).astype(np.float32)
    found = sampled(image, grid, border=replicate)
    np.testing.assert_allclose(found, resampling.apply(image), atol=0.1)


@given(source=st.tuples(sides, sides), size=st.tuples(sides, sides))
def test_resizing_is_that_of_aligned_cameras(source, size) -> None:
    (height, width), (out_height, out_width) = source, size
    grid = resizing_grid(source, size)
    assert np.abs(grid.points).max() < 1
    # What a pixel shows lies where it belongs; at the border, bins may be left out.
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    for ramp, axis in ((u, 1), (v, 0)):
        expected = register_aligned(ramp.astype(np.float32), *size)
        found = sampled(ramp, grid)
        inside = [slice(2, -2), slice(2, -2)]
        reduced = source[axis] / size[axis]
        np.testing.assert_allclose(
            found[tuple(inside)], expected[tuple(inside)], atol=0.3 * max(reduced, 0.05)
        )
    if not (out_height < height and out_width < width):
        assert grid.bins == (1, 1)
        image = texture(*source)
        difference = np.abs(sampled(image, grid) - register_aligned(image, *size))
        assert difference.max() < 1


@pytest.mark.parametrize('by', [(2, 2), (4, 2), (2, 4), (4, 4)])
def test_shrinking_by_powers_of_two_is_exact(by) -> None:
    image = texture(64, 96)
    grid = resizing_grid((64, 96), (64 // by[1], 96 // by[0]))
    assert grid.bins == by
    expected = register_aligned(image, 64 // by[1], 96 // by[0])
    assert np.abs(sampled(image, grid) - expected).max() <= 0.5 + 1e-4


@pytest.mark.parametrize('size', [(40, 60), (50, 90), (22, 34), (17, 95)])
def test_shrinking_by_other_factors_is_close(size) -> None:
    image = texture(64, 96)
    difference = sampled(image, resizing_grid((64, 96), size)) - register_aligned(image, *size)
    assert np.abs(difference).mean() < 1.5
    assert abs(difference.mean()) < 0.2


def test_the_same_size_stays() -> None:
    image = texture(20, 30)
    found = sampled(image, resizing_grid((20, 30), (20, 30)))
    np.testing.assert_allclose(found, image, atol=1e-3)


def test_views_and_maps_of_a_registration(make_info) -> None:
    config = GeometryConfig(
        registration='extrinsics', translation_m=(0.1, 0.0, 0.0), processing_size=(96, 72)
    )
    registrar = Registrar(config)
    registrar.visible_info = make_info(128, 96, d=(-0.2, 0.05, 0, 0, 0), focal=110.0)
    registrar.thermal_info = make_info(80, 64, focal=70.0)
    view = registrar.view(96, 128)
    there = registrar.thermal_map(view, 64, 80)
    for grid, resampling in (
        (visible_grid(view), view.resampling),
        (thermal_grid(there, 64, 80), there.resampling),
    ):
        np.testing.assert_array_equal(grid.points, resampling_grid(resampling).points)
    registrar.config = GeometryConfig(processing_size=(96, 72))
    registrar.thermal_info = None
    view = registrar.view(96, 128)
    there = registrar.thermal_map(view, 64, 80)
    assert view.resampling is None
    np.testing.assert_array_equal(
        visible_grid(view).points, resizing_grid((96, 128), (72, 96)).points
    )
    np.testing.assert_array_equal(
        thermal_grid(there, 64, 80).points, resizing_grid((64, 80), (72, 96)).points
    )
