"""Preserved edges: the paper's limits, and a pixel worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.qabf import qabf

# What the paper's constants give where an edge is kept wholly.
WHOLE = 0.9994 / (1 + np.exp(-7.5)) * 0.9879 / (1 + np.exp(-4.4))


def ramp(rise: float, size: int = 24) -> np.ndarray:
    return np.tile(np.arange(size) * rise, (size, 1))


def test_edges_that_are_all_kept_give_the_paper_s_largest_value() -> None:
    image = np.random.default_rng(3).integers(0, 256, (30, 40)).astype(float)
    flat = np.full_like(image, 90.0)
    assert qabf(image, flat, image) == pytest.approx(WHOLE)


def test_edges_that_are_all_lost_give_next_to_nothing() -> None:
    image = np.random.default_rng(3).integers(0, 256, (30, 40)).astype(float)
    flat = np.full_like(image, 90.0)
    assert qabf(image, image, flat) < 1e-3


def test_half_the_strength_of_a_ramp() -> None:
    """Strength 1/2 and the same angle everywhere that there is an edge."""
    strength = 0.9994 / 2
    angle = 0.9879 / (1 + np.exp(-4.4))
    flat = np.zeros((24, 24))
    assert qabf(ramp(8), flat, ramp(4)) == pytest.approx(strength * angle)


def test_a_right_angle_loses_the_edge() -> None:
    upright, lying = ramp(5), ramp(5).T
    # Away from the border all angles differ by a right angle; at it there is no edge to lose.
    assert qabf(upright, np.zeros_like(upright), lying) < 1e-6


def test_without_edges_nothing_is_kept() -> None:
    flat = np.full((10, 10), 5.0)
    assert qabf(flat, flat, flat) == 0.0


def test_three_sizes_must_agree_for_qabf() -> None:
    with pytest.raises(ValueError, match='three images'):
        qabf(np.zeros((4, 4)), np.zeros((4, 4)), np.zeros((4, 5)))
