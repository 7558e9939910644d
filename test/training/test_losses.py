"""CleanNet's loss is smallest where the image is what it should be."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the losses are not tested')

from nitedr_ros.training.images import box, gaussian, luma  # noqa: E402
from nitedr_ros.training.losses import deraining_terms  # noqa: E402
from nitedr_ros.training.settings import CleanWeights  # noqa: E402


def street():
    """A dark street, the same with a streak, and which of them are dry."""
    generator = torch.Generator().manual_seed(1)
    clean = 0.2 + 0.05 * torch.rand(2, 3, 64, 64, generator=generator)
    rainy = clean.clone()
    rainy[0, :, 10:40, 20:24] += 0.3
    return rainy, clean, torch.tensor([0.0, 1.0])


def terms(derained, **weights: float):
    rainy, clean, dry = street()
    every = dict.fromkeys(CleanWeights.model_fields, 0.5) | weights
    return deraining_terms(
        derained, rainy=rainy, clean=clean, dry=dry, weights=CleanWeights(**every)
    )


def test_luma_of_white_is_one() -> None:
    torch.testing.assert_close(luma(torch.ones(1, 3, 2, 2)), torch.ones(1, 1, 2, 2))


def test_every_term_is_least_for_the_clean_image() -> None:
    rainy, clean, _ = street()
    right, wrong = terms(clean), terms(rainy)
    assert set(right) == set(CleanWeights.model_fields)
    for name in ('colour', 'luma', 'decibels', 'edges', 'spectrum'):
        assert right[name] < wrong[name]
    assert terms(clean + 0.1)['dry'] > right['dry'] == 0


def test_dry_patches_alone_count_for_the_dry_term() -> None:
    _, clean, _ = street()
    changed = clean.clone()
    changed[0] += 0.1
    assert terms(changed)['dry'] == 0


def test_a_patch_counts_for_more_the_less_rain_there_is() -> None:
    rainy, clean, _ = street()
    off = [clean.clone(), clean.clone()]
    for patch in (0, 1):
        off[patch][patch] += 0.1
    # The second patch has no rain.
    assert terms(off[1])['colour'] > 1.05 * terms(off[0])['colour']
    assert (rainy[0] - clean[0]).abs().mean() > (rainy[1] - clean[1]).abs().mean() == 0


def test_a_weight_of_none_leaves_its_term_out() -> None:
    _, clean, _ = street()
    assert 'edges' not in terms(clean, edges=0.0)


def test_slopes_are_finite_at_the_least() -> None:
    _, clean, _ = street()
    derained = clean.clone().requires_grad_()
    torch.stack(list(terms(derained).values())).sum().backward()
    assert derained.grad.isfinite().all()


def test_means_keep_even_images_even() -> None:
    even = torch.full((1, 1, 40, 50), 0.4)
    torch.testing.assert_close(box(even, 9), even)
    torch.testing.assert_close(gaussian(even, 11, 1.5), torch.full((1, 1, 30, 40), 0.4))


def test_decibels_count_a_step_of_quality_alike_wherever_it_is() -> None:
    _, clean, _ = street()
    losses = [
        float(terms(clean + error, decibels=1.0)['decibels']) for error in (0.0, 0.1, 0.2, 0.4)
    ]
    # Twice the error costs ln 4 more, once it is far from good.
    assert losses[0] == 0
    assert losses[2] - losses[1] == pytest.approx(losses[3] - losses[2], rel=0.01)
    assert losses[3] - losses[2] == pytest.approx(1.386, rel=0.01)
