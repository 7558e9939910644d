from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.fusion_mse import fusion_mse


def test_mean_of_the_squared_differences_to_both() -> None:
    visible, thermal, fused = (np.full((3, 4), value, np.uint8) for value in (0, 255, 51))
    assert fusion_mse(visible, thermal, fused) == pytest.approx((0.2**2 + 0.8**2) / 2)


def test_nothing_is_nearer_than_the_average() -> None:
    rng = np.random.default_rng(8)
    visible, thermal = rng.integers(0, 256, (2, 10, 10)).astype(float)
    average = (visible + thermal) / 2
    least = fusion_mse(visible, thermal, average)
    for other in (visible, thermal, np.maximum(visible, thermal), average + 1):
        assert fusion_mse(visible, thermal, other) > least


def test_three_sizes_must_agree_for_the_error() -> None:
    with pytest.raises(ValueError, match='three images'):
        fusion_mse(np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 3)))
