"""Mutual information of images whose joint histogram is known."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.entropy import entropy
from nitedr_ros.metrics.mutual_information import mutual_information


def test_an_image_tells_all_about_itself_and_what_follows_from_it() -> None:
    image = np.random.default_rng(2).integers(0, 256, (40, 50), np.uint8)
    assert mutual_information(image, image) == pytest.approx(entropy(image))
    assert mutual_information(image, 255 - image) == pytest.approx(entropy(image))


def test_independent_images_tell_nothing_of_each_other() -> None:
    rows, columns = np.indices((16, 16))
    assert mutual_information(rows, columns) == pytest.approx(0.0, abs=1e-12)


def test_one_bit_of_two_is_shared() -> None:
    first = np.array([0, 1, 2, 3])
    assert mutual_information(first, first // 2) == pytest.approx(1.0)


def test_fractions_count_as_the_level_below() -> None:
    first = np.array([10.0, 20.0, 30.0, 40.0])
    assert mutual_information(first, np.array([1.0, 1.9, 2.0, 2.9])) == pytest.approx(1.0)


def test_sizes_must_agree_for_mutual_information() -> None:
    with pytest.raises(ValueError, match='one size'):
        mutual_information(np.zeros((2, 3)), np.zeros((3, 2)))
