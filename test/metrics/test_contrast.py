from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.contrast import standard_deviation


def test_standard_deviation_of_half_black_half_white() -> None:
    image = np.zeros((4, 6), np.uint8)
    image[:2] = 255
    assert standard_deviation(image) == pytest.approx(127.5)
    assert standard_deviation(image[:2]) == 0.0
