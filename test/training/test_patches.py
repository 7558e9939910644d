"""Patches show what their images show, and come again from the same state."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')

from nitedr_ros.training.augment import drop, regain, shift  # noqa: E402
from nitedr_ros.training.image_store import ImageStore  # noqa: E402
from nitedr_ros.training.patches import Patches  # noqa: E402
from nitedr_ros.training.rain import KINDS, Rained  # noqa: E402
from nitedr_ros.training.scenes import Scene  # noqa: E402
from nitedr_ros.training.settings import PatchConfig, ThermalConfig  # noqa: E402

CPU = torch.device('cpu')


class HalfRained:
    """Brightens the first half of the patches; the others stay dry."""

    def pairs(self, clean, thermal, generator) -> Rained:
        wet = torch.arange(len(clean)) < len(clean) // 2
        kind = torch.where(wet, KINDS.index('near'), KINDS.index('dry'))
        rainy = torch.where(wet.view(-1, 1, 1, 1), (clean + 0.2).clamp(0, 1), clean)
        return Rained(rainy, clean, kind)


def scene(seed: int, *, rainy: bool) -> Scene:
    rng = np.random.default_rng(seed)
    clean = rng.integers(0, 200, (80, 96, 3), np.uint8)
    return Scene(str(seed), clean + 50 if rainy else None, clean, clean[..., 0])


def patches(**changes: object) -> Patches:
    stores = [
        ImageStore(
            [scene(seed, rainy=kind == 0) for seed in range(3 * kind, 3 * kind + 3)], 64, CPU
        )
        for kind in range(3)
    ]
    config = PatchConfig(batch=10, side=64, recorded_share=0.4)
    return Patches(
        *stores,
        HalfRained(),
        config=config,
        thermal=ThermalConfig(**changes),
        device=CPU,
        seed=5,
    )


def test_channels_stay_together_when_patches_are_cut() -> None:
    scenes = [scene(seed, rainy=True) for seed in range(4)]
    cut = ImageStore(scenes, 64, CPU).cut([2, 0, 2], torch.Generator().manual_seed(1)).numpy()
    assert cut.shape == (3, 64, 64, 7)
    assert (cut[..., 4:] == cut[..., :3] + 50).all()
    assert (cut[..., 3] == cut[..., 0]).all()
    places = [
        (top, left)
        for top in range(17)
        for left in range(33)
        for image in (scenes[2].clean[top : top + 64, left : left + 64],)
        if (image == cut[0, ..., :3]).all() or (image[:, ::-1] == cut[0, ..., :3]).all()
    ]
    assert len(places) == 1


def test_a_batch_has_its_shares() -> None:
    batch = patches(absent_share=0, gain_share=0, shifted_share=0).next()
    assert batch.rainy.shape == batch.clean.shape == (10, 3, 64, 64)
    assert batch.dry.tolist() == [0] * 7 + [1] * 3
    assert torch.equal(batch.rainy[7:], batch.clean[7:])
    assert (batch.rainy[:7] > batch.clean[:7]).any((1, 2, 3)).all()
    assert torch.equal(batch.thermal, batch.clean[:, :1])
    assert batch.present.tolist() == [1] * 10


def test_no_thermal_image_is_black_and_marked() -> None:
    batch = patches(absent_share=0.5).next()
    assert set(batch.present.tolist()) == {0.0, 1.0}
    assert batch.thermal[batch.present == 0].abs().max() == 0
    assert batch.thermal[batch.present == 1].amax((1, 2, 3)).min() > 0


def test_the_states_of_the_generators_give_the_same_batch_again() -> None:
    source = patches()
    source.next()
    states = [generator.get_state() for generator in source.generators]
    first = source.next()
    for generator, state in zip(source.generators, states, strict=True):
        generator.set_state(state)
    again = source.next()
    for one, other in zip(dataclasses.astuple(first), dataclasses.astuple(again), strict=True):
        assert torch.equal(one, other)


def test_small_images_are_continued_by_reflection() -> None:
    view = scene(1, rainy=False)
    cut = ImageStore([view], 96, CPU).cut([0], torch.Generator().manual_seed(1))[0].numpy()
    cut = cut if (cut[:80, :, 3] == view.thermal).all() else cut[:, ::-1]
    assert (cut[:80, :, :3] == view.clean).all()
    assert (cut[80:, :, :3] == view.clean[78:62:-1]).all()


def test_a_shift_is_of_parts_of_a_pixel_up_to_the_largest() -> None:
    ramp = torch.arange(64.0).expand(50, 1, 64, 64) / 64
    config = ThermalConfig(shifted_share=1.0, largest_shift_px=2.0)
    moved = shift(ramp, config, torch.Generator().manual_seed(2))
    pixels = ((moved - ramp) * 64)[:, 0, 32, 8:56]
    assert 1.5 < pixels.abs().max() <= 2.001
    assert (pixels - pixels[:, :1]).abs().max() < 1e-3
    assert (pixels[:, 0] - pixels[:, 0].round()).abs().max() > 0.2


def test_a_gain_never_inverts_and_a_share_of_none_changes_nothing() -> None:
    generator = torch.Generator().manual_seed(3)
    ramp = torch.linspace(0, 1, 64).expand(40, 1, 64, 64)
    changed = regain(ramp, ThermalConfig(gain_share=1.0), generator)
    assert (changed.diff(dim=-1) >= 0).all()
    assert (changed - ramp).abs().amax((1, 2, 3)).min() > 0
    assert torch.equal(regain(ramp, ThermalConfig(gain_share=0.0), generator), ramp)
    assert drop(ramp, 1.0, generator)[1].sum() == 0
