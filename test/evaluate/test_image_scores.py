"""The scores of one image."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.evaluate.image_scores import score_image
from nitedr_ros.metrics.fusion import fusion_scores
from nitedr_ros.metrics.luma import luma_psnr
from nitedr_ros.replay.still_restorer import RestoredStill

RNG = np.random.default_rng(2)
VISIBLE, DERAINED, FUSED, CLEAN = RNG.integers(0, 256, (4, 44, 50, 3), np.uint8)
THERMAL = RNG.integers(0, 256, (44, 50), np.uint8)


def still(target: np.ndarray | None, derained: np.ndarray = DERAINED) -> RestoredStill:
    return RestoredStill(VISIBLE, THERMAL, derained, FUSED, target, 0.0)


def test_input_and_output_are_compared_with_the_clean_image() -> None:
    scores = score_image(still(CLEAN))
    assert scores.dry is False
    assert scores.input is not None
    assert scores.derained is not None
    assert scores.input['psnr_y'] == luma_psnr(VISIBLE, CLEAN)
    assert scores.derained['psnr_y'] == luma_psnr(DERAINED, CLEAN)
    assert scores.gain_db == scores.derained['psnr_y'] - scores.input['psnr_y']


def test_a_dry_frame_is_scored_as_output_against_input() -> None:
    scores = score_image(still(VISIBLE))
    assert (scores.dry, scores.input, scores.gain_db) == (True, None, None)
    assert scores.derained is not None
    assert scores.derained['psnr_y'] == luma_psnr(DERAINED, VISIBLE)
    unchanged = score_image(still(VISIBLE, VISIBLE))
    assert unchanged.derained == {'psnr_y': 100.0, 'psnr_rgb': 100.0, 'ssim_y': 1.0}


def test_without_a_clean_image_only_fusion_is_scored_against_the_input() -> None:
    scores = score_image(still(None))
    assert (scores.dry, scores.input, scores.derained, scores.gain_db) == (None, None, None, None)
    assert scores.fusion == score_image(still(VISIBLE)).fusion
    assert scores.fusion != score_image(still(CLEAN)).fusion


def test_the_fused_image_stands_beside_the_trivial_fusions() -> None:
    grey = RNG.integers(0, 256, (44, 50), np.uint8)
    clean = np.repeat(grey[..., None], 3, axis=2)
    average = np.repeat(((grey.astype(int) + THERMAL) // 2)[..., None], 3, axis=2).astype(np.uint8)
    scores = score_image(RestoredStill(VISIBLE, THERMAL, DERAINED, average, clean, 0.0)).fusion
    assert list(scores) == ['fused', 'average', 'maximum', 'laplacian_pyramid']
    assert scores['fused'] == fusion_scores(grey, THERMAL, average[..., 0])
    assert scores['fused']['CC'] == pytest.approx(scores['average']['CC'], abs=1e-3)


def test_images_too_small_for_the_scores() -> None:
    small = RestoredStill(*(image[:40] for image in (VISIBLE, THERMAL, DERAINED, FUSED)), None, 0)
    with pytest.raises(InputError, match='at least 41 pixels each way, got 50x40'):
        score_image(small)
