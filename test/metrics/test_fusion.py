"""All scores together."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.correlation import correlation
from nitedr_ros.metrics.fusion import FUSION_MEASURES, fusion_scores
from nitedr_ros.metrics.mutual_information import mutual_information
from nitedr_ros.metrics.ssim import ssim
from nitedr_ros.metrics.vif import vif


def test_scores_are_means_or_sums_over_both_sources() -> None:
    rng = np.random.default_rng(10)
    visible, thermal = rng.integers(0, 256, (2, 48, 50), np.uint8)
    fused = np.maximum(visible, thermal)
    scores = fusion_scores(visible, thermal, fused)
    assert list(scores) == [measure.name for measure in FUSION_MEASURES]
    pairs = [(visible, fused), (thermal, fused)]
    for name, measure, whole in (
        ('CC', correlation, 2),
        ('SSIM', ssim, 2),
        ('MI', mutual_information, 1),
        ('VIF', vif, 1),
    ):
        assert scores[name] == pytest.approx(sum(measure(*pair) for pair in pairs) / whole)


def test_a_uniform_fused_image_scores_without_complaint() -> None:
    visible, thermal = np.random.default_rng(11).integers(0, 256, (2, 48, 50), np.uint8)
    scores = fusion_scores(visible, thermal, np.full((48, 50), 40, np.uint8))
    assert np.isfinite(list(scores.values())).all()
    assert scores['EN'] == scores['SD'] == scores['CC'] == scores['MI'] == 0.0
