from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import FrameError
from nitedr_ros.thermal.crop import without_telemetry

IMAGE = np.arange(20 * 3, dtype=np.uint16).reshape(20, 3)


@pytest.mark.parametrize('top, bottom', [(0, 0), (2, 0), (0, 4), (1, 3)])
def test_rows_are_cut_off_above_and_below(top: int, bottom: int) -> None:
    cut = without_telemetry(IMAGE, ThermalConfig(crop_top=top, crop_bottom=bottom))
    assert cut.tolist() == IMAGE.tolist()[top : 20 - bottom]
    assert np.shares_memory(cut, IMAGE)


@pytest.mark.parametrize('top, bottom, left', [(5, 0, 15), (10, 10, 0), (1024, 1024, 0)])
def test_a_crop_that_leaves_next_to_nothing_is_refused(top: int, bottom: int, left: int) -> None:
    with pytest.raises(FrameError, match=f'at least 16 rows .*, got {left}; correct') as caught:
        without_telemetry(IMAGE, ThermalConfig(crop_top=top, crop_bottom=bottom))
    assert '\n' not in str(caught.value)


def test_a_small_image_is_taken_where_nothing_is_cut_off() -> None:
    assert without_telemetry(IMAGE[:1], ThermalConfig()) is not None


@pytest.mark.parametrize('shape', [(0, 0), (0, 4), (4, 0)])
def test_an_empty_image_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match='expected pixels, got'):
        without_telemetry(np.empty(shape, np.uint16), ThermalConfig())
