"""The frames that engines run on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.bench.scenes import MOST, scenes
from nitedr_ros.errors import InputError


def test_drawn_ones_have_the_size_and_differ() -> None:
    found = scenes((48, 64))
    assert len(found) > 1
    for visible, thermal in found:
        assert (visible.shape, thermal.shape) == ((48, 64, 3), (48, 64))
        assert visible.dtype == thermal.dtype == np.uint8
    assert len({pair[0].tobytes() + pair[1].tobytes() for pair in found}) == len(found)


def test_recorded_ones_are_spread_over_the_folder_and_resized(tmp_path: Path) -> None:
    for name, shape in (('visible', (30, 40, 3)), ('thermal', (15, 20))):
        (tmp_path / name).mkdir()
        for index in range(2 * MOST):
            image = np.full(shape, 10 * index, np.uint8)
            image[0, 0] = 255
            assert cv2.imwrite(str(tmp_path / name / f'{index:02}.png'), image)
    found = scenes((48, 64), tmp_path)
    assert len(found) == MOST
    assert all(pair[0].shape == (48, 64, 3) for pair in found)
    assert all(pair[1].shape == (48, 64) for pair in found)
    assert [int(pair[0][-1, -1, 0]) for pair in found] == [20 * place for place in range(MOST)]


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'visible').mkdir()
    (tmp_path / 'thermal').mkdir()
    with pytest.raises(InputError, match='same stem'):
        scenes((48, 64), tmp_path)
