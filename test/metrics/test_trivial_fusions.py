"""The fusions without a network."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.trivial_fusions import trivial_fusions


def test_average_is_not_rounded_and_maximum_takes_the_brighter() -> None:
    visible, thermal = np.array([[10, 200]] * 2, np.uint8), np.array([[15, 100]] * 2, np.uint8)
    fusions = trivial_fusions(visible, thermal)
    np.testing.assert_array_equal(fusions['average'][0], [12.5, 150])
    np.testing.assert_array_equal(fusions['maximum'][0], [15, 200])


@pytest.mark.parametrize('size', [(64, 96), (37, 51), (2, 3)])
def test_equal_sources_come_back_from_all(size: tuple[int, int]) -> None:
    image = np.random.default_rng(9).integers(0, 256, size, np.uint8)
    for fused in trivial_fusions(image, image).values():
        np.testing.assert_allclose(fused, image)


def test_the_pyramid_keeps_the_detail_of_both_and_the_mean_of_the_bases() -> None:
    visible, thermal = (np.full((96, 96), value, np.uint8) for value in (60, 140))
    visible[20:22, 20:22] = 120
    thermal[70:72, 70:72] = 60
    fused = trivial_fusions(visible, thermal)['laplacian_pyramid']
    assert fused[45, 45] == pytest.approx(100, abs=3)
    assert fused[20, 20] == pytest.approx(160, abs=6)
    assert fused[70, 70] == pytest.approx(20, abs=8)
    assert (fused == np.rint(fused)).all()


def test_two_sizes_can_not_be_fused() -> None:
    with pytest.raises(ValueError, match='one size'):
        trivial_fusions(np.zeros((4, 4)), np.zeros((4, 5)))
