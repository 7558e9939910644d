from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.spatial_frequency import spatial_frequency


def test_steps_of_a_slanted_plane() -> None:
    rows, columns = np.indices((5, 9))
    assert spatial_frequency(3 * columns + 4 * rows) == pytest.approx(5.0)


def test_stripes_have_steps_one_way_only() -> None:
    stripes = np.zeros((6, 6), np.uint8)
    stripes[:, ::2] = 200
    assert spatial_frequency(stripes) == pytest.approx(200.0)
    assert spatial_frequency(stripes.T) == pytest.approx(200.0)


def test_a_line_has_no_spatial_frequency() -> None:
    with pytest.raises(ValueError, match='2 pixels'):
        spatial_frequency(np.zeros((1, 5)))
