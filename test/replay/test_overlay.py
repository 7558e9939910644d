from __future__ import annotations

import cv2
import numpy as np

from nitedr_ros.replay.overlay import EDGE_BGR, edges, overlay, overlay_pair


def scene(x: int = 40) -> np.ndarray:
    """A grey disc around (x, 30) on a dark noisy ground, uint8 [60, 80]."""
    image = np.random.default_rng(1).normal(20, 3, (60, 80)).clip(0, 255).astype(np.uint8)
    cv2.circle(image, (x, 30), 15, 120, -1)
    return image


def test_the_outline_of_a_thing_is_found_and_noise_is_not() -> None:
    rows, columns = np.nonzero(edges(scene()))
    radii = np.hypot(columns - 40, rows - 30)
    assert len(radii) > 60
    assert np.abs(radii - 15).max() < 3


def test_a_flat_image_has_no_edges() -> None:
    assert not edges(np.full((40, 50), 90, np.uint8)).any()


def test_edges_are_drawn_where_they_are_on_the_dimmed_base() -> None:
    base, other = scene(30), scene(50)
    picture = overlay(base, other, EDGE_BGR['thermal'])
    marked = (picture == EDGE_BGR['thermal']).all(axis=2)
    np.testing.assert_array_equal(marked, edges(other) != 0)
    assert abs(int(picture[30, 30, 0]) - 90) <= 1


def test_both_directions_stand_side_by_side() -> None:
    visible = cv2.cvtColor(scene(), cv2.COLOR_GRAY2RGB)
    picture = overlay_pair(visible, scene())
    assert picture.shape == (60, 160, 3)
    left = (picture[:, :80] == EDGE_BGR['thermal']).all(axis=2)
    right = (picture[:, 80:] == EDGE_BGR['visible']).all(axis=2)
    assert (left & right).sum() > 0.9 * left.sum()
