"""Visual information fidelity: the cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.vif import vif


@pytest.fixture
def scene() -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.kron(rng.integers(20, 200, (12, 14)), np.ones((6, 6))) + rng.normal(0, 5, (72, 84))


def test_an_image_keeps_all_of_itself(scene: np.ndarray) -> None:
    assert vif(scene, scene) == pytest.approx(1.0, abs=1e-6)


def test_brightness_does_not_matter(scene: np.ndarray) -> None:
    assert vif(scene, scene + 20) == pytest.approx(1.0, abs=1e-6)


def test_more_contrast_is_above_and_noise_or_blur_below_one(scene: np.ndarray) -> None:
    noise = np.random.default_rng(5).normal(0, 20, scene.shape)
    assert vif(scene, 1.3 * scene) > 1.0
    assert vif(scene, scene + noise) < 0.6
    assert vif(scene, 0.2 * scene) < 0.7


def test_nothing_is_left_of_it_in_a_uniform_image(scene: np.ndarray) -> None:
    assert vif(scene, np.full_like(scene, 80.0)) == pytest.approx(0.0, abs=1e-9)


def test_an_inverted_image_counts_as_noise(scene: np.ndarray) -> None:
    assert vif(scene, 255 - scene) == pytest.approx(0.0, abs=1e-9)


def test_a_uniform_reference_has_nothing_to_lose(scene: np.ndarray) -> None:
    assert vif(np.full_like(scene, 80.0), scene) == 1.0


def test_the_smallest_image_and_smaller_ones() -> None:
    image = np.random.default_rng(6).normal(100, 30, (41, 50))
    assert vif(image, image) == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(ValueError, match='41 pixels'):
        vif(image[:40], image[:40])
