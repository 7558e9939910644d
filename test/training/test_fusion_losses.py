"""FusionNet's loss wants people to show, and nothing else of the thermal image to shine."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the losses are not tested')

from nitedr_ros.metrics.qabf import qabf  # noqa: E402
from nitedr_ros.metrics.ssim import ssim  # noqa: E402
from nitedr_ros.metrics.vif import vif  # noqa: E402
from nitedr_ros.training.fusion_fidelity import (  # noqa: E402
    correlation,
    information_fidelity,
    kept_edges,
    structural_similarity,
)
from nitedr_ros.training.fusion_losses import fusion_terms, warm_saliency  # noqa: E402
from nitedr_ros.training.settings import FusionWeights  # noqa: E402

SHARES = {'thermal_share', 'warm_share'}
NOTHING = dict.fromkeys(set(FusionWeights.model_fields) - SHARES, 0.0)


def scene():
    """A dark street with a lamp, and a thermal image with one warm person and a bright sky."""
    clean = torch.full((1, 3, 128, 128), 0.1)
    clean[..., 100:110, 20:30] = 0.95
    thermal = torch.full((1, 1, 128, 128), 0.3)
    thermal[..., 40:80, 60:72] = 0.9
    return clean, thermal


def total(fused, *, present: float = 1.0, **weights: float) -> float:
    clean, thermal = scene()
    terms = fusion_terms(
        fused,
        clean=clean,
        thermal=thermal,
        present=torch.tensor([present]),
        weights=FusionWeights(**weights),
    )
    return float(torch.stack(list(terms.values())).sum())


def with_person():
    clean, _ = scene()
    fused = clean.clone()
    fused[..., 40:80, 60:72] = 0.9
    return fused


def test_a_person_stands_out_and_an_even_scene_does_not() -> None:
    _, thermal = scene()
    saliency = warm_saliency(thermal)
    assert saliency[..., 55:65, 64:68].min() > 0.9
    assert saliency[..., :20, :20].max() == 0
    assert warm_saliency(torch.full_like(thermal, 0.8)).max() == 0


def test_the_person_is_wanted() -> None:
    clean, thermal = scene()
    assert total(with_person()) < total(clean)
    assert total(with_person()) < total(thermal.expand(1, 3, -1, -1))


@pytest.mark.parametrize(
    ('name', 'where', 'change'),
    [
        ('halo', (slice(30, 40), slice(50, 60)), 0.5),
        ('lift', (slice(0, 30), slice(0, 128)), 0.2),
        ('lamps', (slice(100, 110), slice(20, 30)), -0.5),
        ('intensity', (slice(40, 80), slice(60, 72)), -0.5),
    ],
)
def test_each_blemish_has_a_term_against_it(name: str, where, change: float) -> None:
    only = NOTHING | {name: 1.0}
    marred = with_person()
    marred[0, :, where[0], where[1]] += change
    assert total(marred, **only) > total(with_person(), **only) + 1e-4


def test_other_colours_than_the_clean_image_has_are_not_wanted() -> None:
    red = with_person()
    red[:, 0] += 0.1
    only = NOTHING | {'colour': 1.0}
    assert total(red, **only) > 0.01
    assert total(with_person(), **only) < 1e-6


def test_without_a_thermal_image_the_clean_one_is_wanted() -> None:
    clean, _ = scene()
    assert total(clean, present=0.0) < total(with_person(), present=0.0)


def test_slopes_are_finite_on_even_images() -> None:
    fused = torch.full((1, 3, 128, 128), 0.1, requires_grad=True)
    clean, thermal = torch.full((1, 3, 128, 128), 0.1), torch.zeros(1, 1, 128, 128)
    terms = fusion_terms(
        fused, clean=clean, thermal=thermal, present=torch.ones(1), weights=FusionWeights()
    )
    torch.stack(list(terms.values())).sum().backward()
    assert fused.grad.isfinite().all()


def test_soft_scores_come_close_to_the_metrics() -> None:
    rng = np.random.default_rng(7)
    field = torch.from_numpy(rng.random((3, 1, 12, 12), np.float32))
    images = torch.nn.functional.interpolate(field, (96, 96), mode='bicubic').clamp(0, 1)
    one, other = images[0:1], images[1:2]
    fused = 0.7 * one + 0.3 * other
    a, b, f = (image[0, 0].numpy() * 255 for image in (one, other, fused))
    assert float(structural_similarity(one, fused)) == pytest.approx(ssim(a, f), abs=1e-3)
    assert float(information_fidelity(one, fused)) == pytest.approx(vif(a, f), abs=0.02)
    assert float(kept_edges(one, other, fused)) == pytest.approx(qabf(a, b, f), abs=0.05)
    assert float(correlation(one, fused)) == pytest.approx(
        np.corrcoef(a.flat, f.flat)[0, 1], abs=1e-3
    )
