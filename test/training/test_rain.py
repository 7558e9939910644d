"""The simulated rain: deterministic, in range, and rain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nitedr_ros.training import rain


@pytest.fixture(scope='module')
def bank() -> rain.RainBank:
    return rain.RainBank.draw(12, 160, np.random.default_rng(3))


@pytest.fixture(scope='module')
def clean() -> rain.Image:
    """A dark road under a bright lamp."""
    image = np.full((96, 128, 3), 0.1, np.float32)
    image[10:20, 60:70] = 0.9
    return image


def test_the_same_seed_gives_the_same_rain(bank: rain.RainBank, clean: rain.Image) -> None:
    first, second, other = (
        rain.rain_over(clean, bank, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_rain_stays_in_range_and_leaves_the_clean_frame_alone(
    bank: rain.RainBank, clean: rain.Image
) -> None:
    before = clean.copy()
    for seed in range(40):
        rainy = rain.rain_over(clean, bank, np.random.default_rng(seed))
        assert rainy.shape == clean.shape
        assert rainy.min() >= 0
        assert rainy.max() <= 1
    np.testing.assert_array_equal(clean, before)


def test_streaks_only_brighten(bank: rain.RainBank, clean: rain.Image) -> None:
    for seed in range(10):
        added = rain.add_streaks(clean, bank, np.random.default_rng(seed)) - clean
        assert added.min() >= 0
        assert added.max() > 0.005


def test_veil_lowers_contrast(clean: rain.Image) -> None:
    for seed in range(10):
        assert rain.add_veil(clean, np.random.default_rng(seed)).std() < clean.std()


@pytest.mark.parametrize('change', [rain.add_lens_drops, rain.add_noise])
def test_drops_and_noise_change_the_frame_a_little(
    clean: rain.Image, change: Callable[[rain.Image, np.random.Generator], rain.Image]
) -> None:
    changes = [
        np.abs(change(clean, np.random.default_rng(seed)) - clean).mean() for seed in range(8)
    ]
    assert 0 < np.mean(changes) < 0.1


def test_darkening_never_brightens_grey_by_more_than_its_cast(clean: rain.Image) -> None:
    for seed in range(10):
        assert rain.darken(clean, np.random.default_rng(seed)).mean() < clean.mean() * 1.2
