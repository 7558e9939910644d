"""The losses are smallest where the image is what it should be."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the losses are not tested')

from nitedr_ros.training.losses import (  # noqa: E402
    deraining_loss,
    fusion_loss,
    luma,
    warm_saliency,
)


def scene():
    """A dark street and a thermal image with one warm person."""
    clean = torch.full((1, 3, 128, 128), 0.2)
    thermal = torch.full((1, 1, 128, 128), 0.3)
    thermal[..., 40:80, 60:72] = 0.9
    return clean, thermal


def test_luma_of_white_is_one() -> None:
    torch.testing.assert_close(luma(torch.ones(1, 3, 2, 2)), torch.ones(1, 1, 2, 2))


def test_deraining_loss_grows_with_the_error() -> None:
    clean, _ = scene()
    small, large = (deraining_loss(clean + error, clean) for error in (0.01, 0.1))
    assert deraining_loss(clean, clean) < small < large


def test_a_person_stands_out_and_an_even_scene_does_not() -> None:
    _, thermal = scene()
    saliency = warm_saliency(thermal)
    assert saliency[..., 55:65, 64:68].min() > 0.9
    assert saliency[..., :20, :20].max() == 0
    assert warm_saliency(torch.full_like(thermal, 0.8)).max() == 0


def test_fusion_wants_the_person_and_not_the_thermal_background() -> None:
    clean, thermal = scene()
    with_person = clean.clone()
    with_person[..., 40:80, 60:72] = 0.9
    average = (clean + thermal) / 2
    wanted = fusion_loss(with_person, clean, thermal)
    assert wanted < fusion_loss(clean, clean, thermal)
    assert wanted < fusion_loss(average, clean, thermal)
