"""Correlation against cases with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.correlation import correlation


def test_the_same_up_to_gain_and_offset_correlates_fully() -> None:
    image = np.random.default_rng(1).integers(0, 100, (20, 30), np.uint8)
    assert correlation(image, 2.0 * image + 7) == pytest.approx(1.0)
    assert correlation(image, 255 - image) == pytest.approx(-1.0)


def test_orthogonal_patterns_do_not_correlate() -> None:
    rows, columns = np.indices((8, 8)) % 2
    assert correlation(rows, columns) == 0.0


def test_a_uniform_image_correlates_with_nothing() -> None:
    image = np.arange(12).reshape(3, 4)
    assert correlation(np.full((3, 4), 9), image) == 0.0


def test_sizes_of_correlated_images_must_agree() -> None:
    with pytest.raises(ValueError, match='one size'):
        correlation(np.zeros((2, 3)), np.zeros((3, 2)))
