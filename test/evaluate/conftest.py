"""Small folders of rainy, clean and thermal images."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest


class Folders(NamedTuple):
    visible: Path
    thermal: Path
    target: Path


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Four triplets 00N, 01N, 02D, 03D of 64x48 pixels.

    The tiny model makes images half as bright. So is the clean 00N; 01N is 3 levels off that,
    02D is as bright as the rainy image but for one level, and 03D is dry.
    """
    made = Folders(tmp_path / 'rainy', tmp_path / 'warm', tmp_path / 'clean')
    rng = np.random.default_rng(1)
    for index, stem in enumerate(('00N', '01N', '02D', '03D')):
        rainy = cv2.GaussianBlur(rng.integers(0, 256, (48, 64, 3), np.uint8), (0, 0), 1.5)
        clean = rainy // 2
        if stem == '01N':
            clean += 3
        elif stem == '02D':
            clean = rainy - np.minimum(rainy, 1)
        elif stem == '03D':
            clean = rainy
        save(made.visible / f'{stem}.png', rainy)
        save(made.target / f'{stem}.png', clean)
        save(made.thermal / f'{stem}.png', np.roll(rainy[..., 0], 5 * index + 5, axis=1))
    return made
