"""Drops and the streaks that they leave."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: simulated rain is not tested')

from nitedr_ros.training.rain.atlas import Atlas  # noqa: E402
from nitedr_ros.training.rain.drops import (  # noqa: E402
    draw_diameters,
    drops_per_m3,
    fall_speed,
    size_slope,
)
from nitedr_ros.training.rain.streaks import render, shell_layer  # noqa: E402


def test_terminal_speeds_are_those_that_were_measured() -> None:
    # Gunn and Kinzer (1949), table 2.
    diameter = torch.tensor([1.0, 2.0, 3.0, 5.0])
    measured = torch.tensor([4.03, 6.49, 8.06, 9.09])
    torch.testing.assert_close(fall_speed(diameter), measured, rtol=0.05, atol=0)


def test_drop_sizes_fall_off_as_marshall_and_palmer_found() -> None:
    drawn = draw_diameters(40_000, 20.0, 1.0, torch.Generator().manual_seed(0))
    assert drawn.min() >= 1.0
    assert drawn.max() <= 6.0
    slope = size_slope(20.0)
    beyond_2 = float((drawn > 2.0).float().mean())
    assert beyond_2 == pytest.approx(math.exp(-slope), abs=0.01)
    assert drops_per_m3(60.0, 1.0) > drops_per_m3(5.0, 1.0) > 0


def test_a_streak_keeps_its_sum_and_goes_on_at_the_other_side() -> None:
    start, travel = torch.tensor([[30.0, 28.0]]), torch.tensor([[0.0, 8.0]])
    layer = render(start, travel, torch.tensor([5.0]), 32)
    assert float(layer.sum()) == pytest.approx(5.0, rel=1e-3)
    assert layer[:3, 30].min() > 0
    assert layer[8:24].max() == 0


def test_near_streaks_are_longer_than_far_ones(small_bank) -> None:
    def reach(depths: tuple[float, float]) -> float:
        layers = [
            shell_layer(small_bank, depths, torch.Generator().manual_seed(seed))
            for seed in range(6)
        ]
        layer = torch.stack(layers)
        layer = layer - layer.mean(dim=(1, 2), keepdim=True)
        shifted = layer.roll(12, dims=1)
        return float((layer * shifted).sum() / (layer**2).sum())

    assert reach((0.3, 1.5)) > reach((8.0, 16.0)) + 0.15


def test_an_atlas_gives_back_its_textures_and_repeats_them() -> None:
    textures = torch.rand(5, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    atlas = Atlas(textures)
    v, u = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing='ij')
    index = torch.tensor([4, 1])
    there = atlas.sample(index, u.expand(2, 16, 16) - 32, v.expand(2, 16, 16) + 16)
    torch.testing.assert_close(there, textures[index], atol=1e-4, rtol=0)
    between = atlas.sample(torch.tensor([3]), torch.full((1, 1, 1), 15.5), torch.zeros(1, 1, 1))
    expected = (textures[3, :, 0, 15] + textures[3, :, 0, 0]) / 2
    torch.testing.assert_close(between[0, :, 0, 0], expected, atol=1e-4, rtol=0)
