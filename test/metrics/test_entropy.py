"""Entropy of histograms that are known."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.entropy import entropy


@pytest.mark.parametrize(
    ('image', 'bits'),
    [
        (np.full((4, 4), 7), 0.0),
        (np.arange(256), 8.0),
        (np.array([0, 255] * 8), 1.0),
        (np.array([0, 0, 0, 1]), 2 - 0.75 * np.log2(3)),
        # Rounded, 0.5 to the even level: 0, 0, 2, 2.
        (np.array([0.2, 0.5, 1.5, 2.4]), 1.0),
    ],
)
def test_entropy_of_known_histograms(image: np.ndarray, bits: float) -> None:
    assert entropy(image) == pytest.approx(bits)


@pytest.mark.parametrize('value', [-1.0, 256.0])
def test_levels_that_there_are_not_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match='0 to 255'):
        entropy(np.full((2, 2), value))
