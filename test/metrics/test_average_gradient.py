from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.average_gradient import average_gradient


def test_gradient_of_a_slanted_plane() -> None:
    rows, columns = np.indices((5, 9))
    assert average_gradient(3 * columns + 4 * rows) == pytest.approx(np.sqrt(25 / 2))


def test_gradient_is_a_mean_over_places() -> None:
    image = np.zeros((3, 5), np.uint8)
    image[:, 2:] = 100
    # One of four steps to the right is 100.
    assert average_gradient(image) == pytest.approx(100 / np.sqrt(2) / 4)


def test_a_line_has_no_gradient() -> None:
    with pytest.raises(ValueError, match='2 pixels'):
        average_gradient(np.zeros((5, 1)))
