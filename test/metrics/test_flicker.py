"""Flicker: an error that changes counts, one that stays does not."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.flicker import flicker


def test_only_the_change_of_the_error_counts() -> None:
    rng = np.random.default_rng(4)
    true_before, true_after = rng.random((2, 6, 8)) * 200
    error = rng.normal(0, 20, (6, 8))
    steady = flicker(true_before + error, true_after + error, true_before, true_after)
    assert steady == pytest.approx(0.0, abs=1e-9)
    sign = np.where(np.arange(48).reshape(6, 8) % 2, 3.0, -3.0)
    changed = flicker(true_before + error, true_after + error + sign, true_before, true_after)
    assert changed == pytest.approx(3.0)


def test_sizes_must_agree() -> None:
    one = np.zeros((4, 4))
    with pytest.raises(ValueError, match='one size'):
        flicker(one, one, one, np.zeros((4, 5)))
