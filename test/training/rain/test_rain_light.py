"""What light does on its way through rain."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: simulated rain is not tested')

from nitedr_ros.training.rain.lens import WetLens  # noqa: E402
from nitedr_ros.training.rain.lens_plates import draw_plates  # noqa: E402
from nitedr_ros.training.rain.lighting import Lighting  # noqa: E402
from nitedr_ros.training.rain.sensor import draw_noise, expose  # noqa: E402
from nitedr_ros.training.rain.veil import depth_cue  # noqa: E402

QUIET = {'camera': {'noisy': 0.0, 'compressed': 0.0, 'night': 0.0, 'cast': (1.0, 1.0)}}


def ones(value: float, count: int = 1):
    return torch.full((count, 1, 1, 1), value)


def test_streaks_are_brighter_near_a_lamp(rain_of) -> None:
    model = rain_of(
        'fine', **QUIET, veil={'depth': (1e-6, 1e-6)}, streaks={'headlamp': (1e-6, 1e-6)},
        glare={'halo': (1e-6, 1e-6), 'haze': (1e-6, 1e-6)},
    )  # fmt: skip
    clean = torch.full((24, 3, 64, 192), 0.1)
    clean[..., 24:40, 2:10] = 1.0
    rained = model.pairs(clean, torch.zeros(24, 1, 64, 192), torch.Generator().manual_seed(1))
    added = (rained.rainy - rained.target).mean(dim=(0, 1, 2))
    assert added[14:40].mean() > 1.5 * added[-26:].mean() > 0


def test_a_veil_takes_contrast(rain_of, frames) -> None:
    rained = rain_of('veil', **QUIET, veil={'depth': (0.7, 1.0)}).pairs(
        *frames, torch.Generator().manual_seed(1)
    )
    before, after = (image.std(dim=(1, 2, 3)) for image in (rained.target, rained.rainy))
    assert (after < before).all()


def test_small_bright_spots_are_lamps_and_wide_ones_are_not() -> None:
    light = torch.full((2, 3, 256, 256), 0.05)
    light[0, :, 100:108, 100:108] = 1.0
    light[1, :, :160] = 1.0
    scene = Lighting.of(light, ones(10.0, 2), ones(1.0, 2))
    assert scene.light[0].max() > 8
    assert scene.light[1, :, 60:80].max() == 1
    assert scene.lamps[1, :, 6:12].max() == 0


def test_the_cold_and_the_high_are_far() -> None:
    thermal = torch.full((1, 1, 64, 64), 0.9)
    thermal[..., :32, :] = 0.1
    drawn = {
        'horizon': ones(0.0), 'approach': ones(3.0), 'thermal': ones(0.5), 'patchy': ones(0.0),
    }  # fmt: skip
    far = depth_cue(thermal, drawn, torch.Generator().manual_seed(0))[0, 0]
    assert far[0].min() > 0.95 > 0.3 > far[-1].max()
    without = depth_cue(torch.zeros_like(thermal), drawn, torch.Generator().manual_seed(0))[0, 0]
    torch.testing.assert_close(without[0], torch.ones(8))


def test_a_drop_shows_the_scene_upside_down(small_bank) -> None:
    plates = draw_plates(small_bank, torch.Generator().manual_seed(2))
    shift, opacity = plates[:, 1], plates[:, 2]
    # Light for the lower part of a drop comes from above it, so offsets fall downwards.
    step = shift[:, 1:] - shift[:, :-1]
    inside = (opacity[:, 1:] > 0.5) & (opacity[:, :-1] > 0.5)
    assert (step[inside] < 0).float().mean() > 0.9
    assert opacity.min() == 0
    assert 0.9 < opacity.max() <= 1


def test_a_lens_without_drops_changes_nothing(small_bank, frames) -> None:
    lens = WetLens(small_bank, torch.Generator().manual_seed(2))
    parts = {'drops': ones(0.0, 8), 'film': ones(0.0, 8)}
    drawn = {
        'film_weight': ones(0.5, 8), 'film_shift_px': ones(5.0, 8), 'film_cover': ones(0.5, 8),
        'plate_shrinking': ones(1.0, 8), 'zoom': ones(2.0, 8), 'opacity': ones(1.0, 8),
        'drop_gain': ones(1.0, 8),
    }  # fmt: skip
    seen = lens.look(frames[0], parts, drawn, torch.Generator().manual_seed(2))
    assert torch.equal(seen, frames[0])


def test_noise_has_the_stated_deviation() -> None:
    light = torch.full((2, 3, 256, 256), 0.25)
    generator = torch.Generator().manual_seed(0)
    grain = torch.tensor([0.0, 0.8])[:, None, None, None]
    noise = draw_noise(light, grain, generator)
    # Smoothing keeps part of a pixel's own noise, which adds to it.
    assert noise[0].std() == pytest.approx(1.0, abs=0.01)
    assert 1.0 <= noise[1].std() < 1.4
    read, shot = ones(0.003, 2), ones(0.008, 2)
    expected = (0.003**2 + 0.008**2 * 0.25) ** 0.5
    taken = expose(light, noise, read, shot)
    assert (taken[0] - 0.25).std() == pytest.approx(expected, rel=0.02)
