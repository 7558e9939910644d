"""Displacement of a drawn thermal scene, warped by a known fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.metrics.displacement import WINDOW, displacement

HEIGHT, WIDTH = 240, 320


@pytest.fixture(scope='module')
def scene() -> np.ndarray:
    """Boxes of different warmth, four times as large as it is seen; hundredths of a kelvin."""
    rng = np.random.default_rng(3)
    image = np.full((4 * HEIGHT, 4 * WIDTH), 28_500, np.float32)
    for _ in range(70):
        x, y = rng.integers(0, 4 * WIDTH), rng.integers(0, 4 * HEIGHT)
        w, h = rng.integers(60, 240, 2)
        cv2.rectangle(
            image, (int(x), int(y)), (int(x + w), int(y + h)), rng.uniform(28e3, 30e3), -1
        )
    return image


def seen(
    scene: np.ndarray, shift: tuple[float, float] = (0.0, 0.0), stretch: float = 1.0
) -> np.ndarray:
    """The scene at its size, with everything `shift` pixels further and `stretch` as large."""
    matrix = np.array([[stretch, 0, 4 * shift[0]], [0, stretch, 4 * shift[1]]], np.float64)
    moved = cv2.warpAffine(
        scene,
        matrix,
        scene.shape[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.resize(moved, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def coarse(image: np.ndarray, seed: int = 0) -> np.ndarray:
    """What a camera of half the resolution gives, with noise, registered again; uint16."""
    small = cv2.resize(image, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    small += np.random.default_rng(seed).normal(0, 6, small.shape).astype(np.float32)
    return cv2.resize(np.rint(small).astype(np.uint16), (WIDTH, HEIGHT))


@pytest.mark.parametrize(
    'shift', [(0.0, 0.0), (0.37, -0.61), (3.3, 1.8), (-14.3, 7.6), (40.5, -20.25)], ids=str
)
def test_a_known_shift_is_found_within_a_tenth_of_a_pixel(scene, shift) -> None:
    truth = np.rint(seen(scene)).astype(np.uint16)
    measured = displacement(truth, coarse(seen(scene, shift)))
    assert len(measured.points) >= 15
    errors = np.hypot(*(measured.vectors - np.array(shift)).T)
    assert np.median(errors) <= 0.1
    assert np.median(measured.lengths) == pytest.approx(np.hypot(*shift), abs=0.1)


def test_a_shift_that_differs_over_the_image_is_found_at_each_point(scene) -> None:
    measured = displacement(seen(scene), coarse(seen(scene, (1.25, -0.5), 1.01)))
    # Resizing by 4 moves the first pixel's centre, which the stretch is about.
    expected = 0.01 * (measured.points + 1.5 / 4) + np.array((1.25, -0.5))
    assert np.ptp(expected[:, 0]) > 1.5
    assert np.median(np.hypot(*(measured.vectors - expected).T)) <= 0.12
    bias = np.median(measured.lengths) - np.median(np.hypot(*expected.T))
    assert abs(bias) <= 0.1


@pytest.mark.parametrize(
    ('gain', 'offset'), [(1.0, 60.0), (0.01, -273.15), (0.08, -2250.0)], ids=['drift', 'C', '8bit']
)
def test_unit_and_offset_of_the_thermal_image_do_not_matter(scene, gain, offset) -> None:
    other = coarse(seen(scene, (2.4, 0.8))).astype(np.float32) * gain + offset
    measured = displacement(np.rint(seen(scene)).astype(np.uint16), other)
    assert np.median(np.hypot(*(measured.vectors - (2.4, 0.8)).T)) <= 0.12


def test_only_what_the_mask_shows_is_measured(scene) -> None:
    truth, moved = seen(scene), seen(scene, (1.5, 0.0))
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, : WIDTH // 2] = 0
    moved[mask == 0] = np.nan
    measured = displacement(truth, moved, mask)
    assert len(measured.points)
    assert measured.points[:, 0].min() >= WIDTH // 2 + WINDOW // 2
    assert np.median(np.abs(measured.vectors - (1.5, 0.0))) < 0.05


def test_a_point_that_is_not_there_again_is_left_out(scene) -> None:
    noise = np.random.default_rng(8).normal(29_000, 300, (HEIGHT, WIDTH))
    measured = displacement(seen(scene), noise)
    assert measured.tried >= 15
    assert len(measured.points) < measured.tried / 2


@pytest.mark.parametrize('shape', [(HEIGHT, WIDTH), (20, 30)], ids=['flat', 'small'])
def test_nothing_to_see_gives_nothing(shape) -> None:
    flat = np.full(shape, 29_000, np.uint16)
    measured = displacement(flat, flat)
    assert (len(measured.points), measured.tried) == (0, 0)
    blind = displacement(flat, flat, np.zeros(shape, np.uint8))
    assert blind.lengths.size == 0


def test_the_images_must_have_one_size() -> None:
    with pytest.raises(ValueError, match='one size'):
        displacement(np.zeros((60, 60)), np.zeros((60, 61)))
