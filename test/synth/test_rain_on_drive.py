from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.synth import rain, sensor
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.drive import Drive, DriveConfig
from nitedr_ros.synth.rain import Rain
from nitedr_ros.synth.sensor import VisibleSensor
from nitedr_ros.synth.visible import View

WIDTH, HEIGHT = 320, 240


def first_visible(amount: float) -> np.ndarray:
    config = DriveConfig(width=WIDTH, height=HEIGHT, seconds=0.03, rain=amount, aligned=True)
    drive = Drive(config)
    return next(item.frame.data for item in drive.frames() if item.sensor == 'visible')


@pytest.fixture(scope='module')
def clean() -> np.ndarray:
    drive = Drive(DriveConfig(width=WIDTH, height=HEIGHT, seconds=0.03, aligned=True))
    stamp_ns = next(item.frame.stamp_ns for item in drive.frames() if item.sensor == 'visible')
    moment = drive.scene.at((stamp_ns - drive.config.start_ns) / 1e9)
    return VisibleSensor(WIDTH, HEIGHT, 1).develop(drive.visible_renderer.render(moment).light)


def test_a_dry_frame_is_the_clean_one_with_noise(clean: np.ndarray) -> None:
    difference = first_visible(0.0).astype(np.float64) - clean
    assert abs(difference.mean()) < 0.3
    assert 0.5 * sensor.NOISE < difference.std() < 1.1 * sensor.NOISE
    assert np.abs(difference).max() < 6 * sensor.NOISE


def test_rain_brightens_the_night_more_the_heavier_it_is(clean: np.ndarray) -> None:
    light, heavy = first_visible(0.4).mean(), first_visible(1.2).mean()
    assert clean.mean() + 2.0 < light < heavy - 2.0


def test_the_same_rain_falls_in_the_next_drive() -> None:
    assert np.array_equal(first_visible(0.7), first_visible(0.7))


def grey_rain() -> tuple[Rain, View, np.ndarray]:
    """Return rain over a grey ramp 30 m away without lamps, and the ramp behind the veil alone."""
    ramp = np.repeat(np.linspace(0.1, 0.6, HEIGHT, dtype=np.float32)[:, None], WIDTH, 1)
    light = np.repeat(ramp[..., None], 3, 2)
    depth = np.full((HEIGHT, WIDTH), 30.0, np.float32)
    rain_fall = Rain(PinholeCamera.for_size(WIDTH, HEIGHT), depth, 1.0, 1)
    kept = np.exp(-rain.VEIL_PER_M * 30.0)
    glow = np.zeros((HEIGHT // 4, WIDTH // 4, 3), np.float32)
    veiled = light[..., 0] * kept + (1 - kept) * rain.AIRLIGHT[0]
    return rain_fall, View(light, glow), veiled


def test_drops_move_on_between_frames() -> None:
    rain_fall, view, _ = grey_rain()
    now, later = rain_fall.fall(view, 0.0, 0.0), rain_fall.fall(view, 1 / 30, 0.4)
    assert np.array_equal(now, rain_fall.fall(view, 0.0, 0.0))
    assert (np.abs(now - later).max(axis=2) > 0.02).mean() > 0.02


def test_lens_drops_stay() -> None:
    rain_fall, view, veiled = grey_rain()

    def darkest(start_s: float) -> np.ndarray:
        """Return each pixel without streaks, as those only add light."""
        frames = [rain_fall.fall(view, start_s + k / 3, 4.0 * k)[..., 0] for k in range(8)]
        return np.min(frames, axis=0)

    first, second = (np.abs(darkest(start) - veiled) > 0.03 for start in (0.0, 100.0))
    assert 0.001 < first.mean() < 0.1
    assert (first & second).sum() > 0.9 * (first | second).sum()


def test_rain_zero_returns_the_view_itself() -> None:
    drive = Drive(DriveConfig(width=WIDTH, height=HEIGHT, aligned=True))
    view = drive.visible_renderer.render(drive.scene.at(0.0))
    depth = np.full((HEIGHT, WIDTH), 30.0, np.float32)
    dry = Rain(drive.visible_renderer.camera, depth, 0.0, 1)
    assert dry.fall(view, 3.0, 36.0) is view.light
