"""Rain over a batch: reproducible, in range, of the kinds that were asked for."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: simulated rain is not tested')

from nitedr_ros.training.rain import KINDS  # noqa: E402

QUIET = {'camera': {'noisy': 0.0, 'compressed': 0.0, 'night': 0.0, 'cast': (1.0, 1.0)}}
WET = [kind for kind in KINDS if kind != 'dry']


def seeded(seed: int):
    return torch.Generator().manual_seed(seed)


def test_the_same_seed_gives_the_same_rain(rain_of, frames) -> None:
    first, again = (rain_of().pairs(*frames, seeded(5)) for _ in range(2))
    other = rain_of().pairs(*frames, seeded(6))
    for one, two in zip(first, again, strict=True):
        assert torch.equal(one, two)
    assert not torch.equal(first.rainy, other.rainy)


@pytest.mark.parametrize('kind', WET)
def test_each_kind_changes_frames_and_stays_in_range(kind: str, rain_of, frames) -> None:
    clean, thermal = frames
    before = clean.clone()
    rained = rain_of(kind, **QUIET).pairs(clean, thermal, seeded(2))
    assert (rained.kind == KINDS.index(kind)).all()
    for image in (rained.rainy, rained.target):
        assert image.shape == clean.shape
        assert torch.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1
    assert (rained.rainy - rained.target).abs().mean() > 0.002
    torch.testing.assert_close(rained.target, clean, atol=1e-4, rtol=0)
    assert torch.equal(clean, before)


def test_dry_frames_are_the_same_with_noise_and_compression(rain_of, frames) -> None:
    always = {'noisy': 1.0, 'compressed': 1.0}
    model = rain_of(kinds={'dry': 1.0}, camera=always)
    clean = frames[0].repeat(4, 1, 1, 1)
    rained = model.pairs(clean, frames[1].repeat(4, 1, 1, 1), seeded(4))
    dry = rained.kind == KINDS.index('dry')
    assert dry.any()
    assert torch.equal(rained.rainy[dry], rained.target[dry])
    assert (rained.rainy[dry] - clean[dry]).abs().mean() > 0.001
    assert not torch.equal(rained.rainy[~dry], rained.target[~dry])


def test_rain_without_pairs_has_no_dry_frames_and_keeps_the_exposure(rain_of, frames) -> None:
    model = rain_of('plain', camera={'noisy': 0.0, 'compressed': 0.0, 'night': 1.0})
    rainy = model.rain(*frames, seeded(1))
    # Between streaks, nothing has changed but the rounding to grey levels.
    same = ((rainy - frames[0]).abs() <= 0.5 / 255 + 1e-5).flatten(1).float().mean(1)
    assert same.max() > 0.05
    assert ((rainy - frames[0]).abs().flatten(1).mean(1) > 0.001).all()


def test_shares_of_kinds_hold_in_every_batch(rain_of, frames) -> None:
    kinds = dict.fromkeys(KINDS, 0.0) | {'dry': 1.0, 'veil': 1.0}
    model = rain_of(kinds=kinds)
    for seed in range(5):
        kind = model.pairs(*frames, seeded(seed)).kind
        assert sorted(kind.tolist()) == [KINDS.index('dry')] * 4 + [KINDS.index('veil')] * 4


def test_noise_may_be_kept_in_the_target(rain_of, frames) -> None:
    camera = QUIET['camera'] | {'noisy': 1.0, 'read': (0.01, 0.01)}
    clean, kept = (
        rain_of('fine', camera=camera | {'noise_kept': share}).pairs(*frames, seeded(3)).target
        for share in (0.0, 1.0)
    )
    assert (clean - frames[0]).abs().max() < 1e-4
    assert (kept - frames[0]).abs().mean() > 0.01


def test_memory_layout_and_a_missing_thermal_image_make_no_difference_in_kind(
    rain_of, frames
) -> None:
    clean, thermal = frames
    model = rain_of()
    plain = model.pairs(clean, torch.zeros_like(thermal), seeded(8))
    last = clean.contiguous(memory_format=torch.channels_last)
    other = model.pairs(last, torch.zeros_like(thermal), seeded(8))
    # Sums in another order may round to the next grey level.
    assert (plain.rainy - other.rainy).abs().mean() < 1e-3
    assert torch.isfinite(plain.rainy).all()


def test_frames_of_other_sizes_are_refused(rain_of, frames) -> None:
    clean, thermal = frames
    model = rain_of('fine')
    with pytest.raises(ValueError, match='multiples of 16'):
        model.rain(clean[..., :90], thermal[..., :90], seeded(0))
    with pytest.raises(ValueError, match='thermal frames'):
        model.rain(clean, thermal[..., :64], seeded(0))
