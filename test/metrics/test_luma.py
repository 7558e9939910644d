"""Luma PSNR against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nitedr_ros.metrics.luma import luma, luma_psnr


def test_luma_of_black_white_and_green() -> None:
    pixels = np.array([[[0, 0, 0], [255, 255, 255], [0, 255, 0]]], np.uint8)
    np.testing.assert_allclose(luma(pixels)[0], [16, 235, 144.553])


def test_psnr_of_a_known_difference() -> None:
    first = np.full((8, 8, 3), 100, np.uint8)
    second = np.full((8, 8, 3), 110, np.uint8)
    difference = 10 * 219 / 255
    assert luma_psnr(first, second) == pytest.approx(20 * math.log10(255 / difference))


def test_equal_images_are_infinitely_alike() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    assert math.isinf(luma_psnr(image, image))


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match='one size'):
        luma_psnr(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8))
