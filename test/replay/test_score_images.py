"""Scores of images: de-raining, flicker, thermal brightness, registration."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.displacement import Displacement
from nitedr_ros.metrics.luma import psnr
from nitedr_ros.metrics.ssim import ssim
from nitedr_ros.replay.compared import Compared
from nitedr_ros.replay.score_deraining import BEST_DB, SSIM_EVERY, DerainingScore
from nitedr_ros.replay.score_flicker import FlickerScore, ThermalFlickerScore
from nitedr_ros.replay.score_registration import RegistrationScore

SHAPE = (30, 40)


def compared(error: float | np.ndarray, seed: int = 0, mask: np.ndarray | None = None) -> Compared:
    truth = np.random.default_rng(seed).uniform(16, 200, SHAPE)
    return Compared(truth + error, truth, mask)


def test_deraining_is_the_mean_of_the_frames_values() -> None:
    score = DerainingScore()
    frames = [compared(np.random.default_rng(n).normal(0, 3 + n, SHAPE), n) for n in range(9)]
    for frame in frames:
        score.add({'visible': frame, 'derained': compared(0.0)})
    found = score.scores()
    assert found is not None
    expected = np.mean([psnr(f.luma, f.true_luma) for f in frames])
    assert found['visible']['psnr_db'] == pytest.approx(expected, abs=1e-3)
    measured = frames[::SSIM_EVERY]
    assert found['visible']['ssim_frames'] == len(measured)
    similarity = np.mean([ssim(f.luma, f.true_luma) for f in measured])
    assert found['visible']['ssim'] == pytest.approx(similarity, abs=1e-4)
    assert found['derained'] == {
        'frames': 9,
        'psnr_db': BEST_DB,
        'ssim_frames': len(measured),
        'ssim': 1.0,
    }


def test_what_the_truth_does_not_show_counts_nowhere() -> None:
    mask = np.ones(SHAPE, bool)
    mask[:, :8] = False
    wrong_outside = np.where(mask, 0.0, 99.0)
    deraining, flicker = DerainingScore(), FlickerScore()
    for sign in (1, -1):
        images = {'derained': compared(sign * wrong_outside, mask=mask)}
        deraining.add(images)
        flicker.add(images)
    found = deraining.scores()
    assert found is not None
    assert (found['derained']['psnr_db'], found['derained']['ssim']) == (BEST_DB, 1.0)
    assert flicker.scores() == {'derained': {'steps': 1, 'grey_levels': 0.0}}


def test_images_too_small_for_a_window_have_no_ssim() -> None:
    score = DerainingScore()
    tiny = np.zeros((8, 8))
    score.add({'derained': Compared(tiny + 1, tiny, None)})
    found = score.scores()
    assert found is not None
    assert found['derained']['ssim'] is None
    assert found['derained']['psnr_db'] == pytest.approx(48.131, abs=1e-3)


def test_flicker_is_taken_over_consecutive_outputs_only() -> None:
    score = FlickerScore()
    score.add({'fused': compared(0.0, 1)})
    assert score.scores() is None
    score.add({'fused': compared(4.0, 2), 'derained': compared(1.0)})
    score.interrupt()
    score.add({'fused': compared(90.0, 3)})
    score.add({'fused': compared(88.0, 4)})
    score.add({'fused': Compared(np.zeros((9, 9)), np.zeros((9, 9)), None)})
    assert score.scores() == {'fused': {'steps': 2, 'grey_levels': 3.0}}


def test_thermal_brightness_is_what_the_temperatures_do_not_explain() -> None:
    score = ThermalFlickerScore()
    rng = np.random.default_rng(6)
    scene = rng.uniform(28_500, 29_500, (60, 80))
    usable = np.ones(scene.shape, bool)

    def shown(true: np.ndarray, low: float) -> np.ndarray:
        return np.clip(np.rint((true - low) / 5), 0, 255).astype(np.uint8)

    warmer = scene + 150.0
    score.add(1, shown(scene, 28_400), scene, usable)
    assert score.scores() is None
    score.add(1, shown(scene, 20_000), scene, usable)  # the frame that was there before
    score.add(2, shown(warmer, 28_400), warmer, usable)  # the scene gets warmer
    steady = score.scores()
    assert steady is not None
    assert steady['grey_levels'] < 0.1
    score.add(3, shown(warmer, 28_430), warmer, usable)  # the range moves by 6 grey levels
    moved = score.scores()
    assert moved is not None
    assert moved['steps'] == 2
    assert moved['largest'] == pytest.approx(6.0, abs=0.1)
    score.interrupt()
    score.add(4, shown(warmer, 28_900), warmer, usable)
    score.add(5, shown(warmer, 29_000), warmer, np.zeros(scene.shape, bool))
    assert score.scores() == moved


def measured(*lengths: float, tried: int = 4) -> Displacement:
    vectors = np.array([(length, 0.0) for length in lengths], np.float32).reshape(-1, 2)
    return Displacement(np.zeros_like(vectors), vectors, tried)


def test_registration_tells_geometry_from_motion() -> None:
    score = RegistrationScore()
    skews = {10: 1e6, 20: 40e6, 30: -4.9e6, 40: np.nan}
    score.add(10, 11, measured(0.1, 0.3))
    score.add(20, 21, measured(5.0, 7.0, 9.0, 11.0))
    score.add(30, 31, measured(0.2))
    score.add(40, 41, measured(3.0))
    found = score.scores(lambda visible, thermal: np.array([skews[s] for s in visible.tolist()]))
    assert found is not None
    assert found['all']['frames'] == 4
    assert found['all']['points'] == 8
    assert found['all']['found'] == 0.5
    assert found['all']['median_px'] == 4.0
    assert found['in_step'] == {
        'within_ms': 5.0,
        'frames': 2,
        'points': 3,
        'found': 0.375,
        'median_px': 0.2,
        'p95_px': 0.29,
    }


def test_parallax_that_is_known_is_taken_off() -> None:
    score = RegistrationScore()
    expected = np.array([(1.0, 0.5), (-3.0, 0.0), (np.nan, np.nan)])
    score.add(10, 11, measured(1.0, 2.0, 7.0), expected)
    score.add(20, 21, measured(9.0))
    score.add(30, 31, measured(90.0), np.zeros((1, 2)))
    skews = {10: 0.0, 20: 0.0, 30: 80e6}
    found = score.scores(lambda visible, thermal: np.array([skews[s] for s in visible.tolist()]))
    assert found is not None
    assert found['without_parallax'] == {'points': 2, 'median_px': 2.75, 'p95_px': 4.775}


def test_registration_of_nothing_is_none() -> None:
    def unknown(visible: np.ndarray, thermal: np.ndarray) -> np.ndarray:
        return np.full(len(visible), np.nan)

    score = RegistrationScore()
    assert score.scores(unknown) is None
    score.add(1, 2, measured(tried=0))
    assert score.scores(unknown) is None
    score.add(3, 4, measured(tried=5))
    found = score.scores(unknown)
    assert found is not None
    assert (found['all']['median_px'], found['all']['found']) == (None, 0.0)
    assert found['in_step']['frames'] == 0


def test_a_long_drive_is_thinned_evenly() -> None:
    score = RegistrationScore()
    asked = 0
    for frame in range(20_000):
        if score.wants_next():
            asked += 1
            score.add(frame, frame, measured(float(frame)))
    found = score.scores(lambda visible, thermal: np.full(len(visible), 0.0))
    assert found is not None
    assert 2048 <= found['all']['frames'] < 4096
    assert asked < 12_000
    assert found['all']['median_px'] == pytest.approx(10_000, rel=0.01)
