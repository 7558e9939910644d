"""Figures of pairs whose figures are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')

from nitedr_ros.training.scenes import Scene  # noqa: E402
from nitedr_ros.training.settings import FIGURES, Target  # noqa: E402
from nitedr_ros.training.validation import (  # noqa: E402
    BEST_DB,
    ValidationSets,
    restore,
    score,
    validate,
)


class Given(NamedTuple):
    derained: object
    fused: object


class Subtracting(torch.nn.Module):
    """Takes 20 grey levels of rain out where there is a thermal image, and fuses by the mean."""

    stride = 16

    def __init__(self) -> None:
        super().__init__()
        self.rain = torch.nn.Parameter(torch.tensor(20 / 255))

    def forward(self, visible, thermal, present):
        assert visible.shape[-1] % self.stride == visible.shape[-2] % self.stride == 0
        derained = visible - self.rain * present.view(-1, 1, 1, 1)
        return Given(derained, (derained + thermal) / 2)


def scene(*, rainy: bool) -> Scene:
    rng = np.random.default_rng(3)
    clean = rng.integers(0, 230, (50, 70, 3), np.uint8)
    return Scene(
        'a', clean + 20 if rainy else None, clean, rng.integers(0, 255, (50, 70), np.uint8)
    )


def test_images_of_any_size_come_back_at_that_size() -> None:
    view = scene(rainy=True)
    derained, fused = restore(Subtracting(), view.rainy, view.thermal)
    assert np.array_equal(derained, view.clean)
    expected = (view.clean.astype(float) + view.thermal[..., None]) / 2
    assert np.abs(fused - expected).max() <= 0.51


def test_figures_have_the_names_that_targets_take() -> None:
    wet = [scene(rainy=True)]
    kinds = dict.fromkeys(('thin_veil', 'near_streaks', 'lens_drops'), wet)
    sets = ValidationSets(wet, kinds, [scene(rainy=False)])
    figures = validate(Subtracting(), sets, threads=2)
    assert set(figures) == set(FIGURES)
    assert figures['psnr'] == BEST_DB
    # Twenty levels of RGB are 17.2 of luma in limited range.
    assert figures['psnr_alone'] == pytest.approx(20 * np.log10(255 / (20 * 219 / 255)), abs=0.01)
    assert figures['thermal_gain'] == pytest.approx(BEST_DB - figures['psnr_alone'])
    assert figures['lens_drops_gain'] == pytest.approx(figures['thermal_gain'])
    assert figures['dry_psnr'] < 25
    assert sets.count == {
        'recorded': 1,
        'thin_veil': 1,
        'near_streaks': 1,
        'lens_drops': 1,
        'dry': 1,
    }


def test_the_score_adds_up_shortfalls_and_then_takes_the_higher_psnr() -> None:
    targets = {'psnr': Target(least=37), 'mse': Target(most=0.03, unit=0.01)}
    missed = score({'psnr': 35.0, 'mse': 0.04}, targets)
    met, better = (score({'psnr': psnr, 'mse': 0.02}, targets) for psnr in (38.0, 39.0))
    assert missed[0] == pytest.approx(3.0)
    assert better < met < missed
