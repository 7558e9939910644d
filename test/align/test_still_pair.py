from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.align.still_pair import pair_from_stills
from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import InputError


def test_stills_are_taken_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    bgr = rng.integers(0, 256, (40, 60, 3), np.uint8)
    warm = rng.integers(28_000, 30_000, (30, 50), np.uint16)
    cv2.imwrite(str(tmp_path / 'v.png'), bgr)
    cv2.imwrite(str(tmp_path / 't.png'), warm)
    images = pair_from_stills(tmp_path / 'v.png', tmp_path / 't.png', ThermalConfig())
    assert np.array_equal(images.visible, bgr[..., ::-1])
    assert images.thermal_size == (50, 30)
    assert not images.rectified
    order = np.argsort(warm, axis=None)
    assert (np.diff(images.thermal.ravel()[order].astype(int)) >= 0).all()


def test_files_that_are_no_images(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'v.png'), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / 't.png').write_bytes(b'nonsense')
    cv2.imwrite(str(tmp_path / 'deep.tiff'), np.zeros((20, 20, 3), np.uint16))
    for name in ('t.png', 'none.png', 'deep.tiff'):
        with pytest.raises(InputError, match=name):
            pair_from_stills(tmp_path / 'v.png', tmp_path / name, ThermalConfig())
