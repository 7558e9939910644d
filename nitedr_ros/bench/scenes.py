"""The frames that engines are timed and compared on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.engines.check import sample_pairs
from nitedr_ros.engines.engine import Image
from nitedr_ros.errors import FrameError, InputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.image_file import read_image_file
from nitedr_ros.replay.stills import find_pairs
from nitedr_ros.thermal.intake import ThermalIntake

MOST = 8
"""So many pairs of a folder are taken, spread evenly over it."""

Pair = tuple[Image, Image]


def scenes(size: tuple[int, int], folder: Path | None = None) -> list[Pair]:
    """Return pairs of visible uint8 [H, W, 3] RGB and thermal uint8 [H, W].

    size: height and width, pixels. folder: with `visible` and `thermal`, whose images are matched
    by stem and resized; None for drawn ones. Raises InputError.
    """
    if folder is None:
        return sample_pairs(*size)
    pairs, _ = find_pairs(folder / 'visible', folder / 'thermal')
    places = sorted({len(pairs) * place // MOST for place in range(MOST)})
    return [
        (
            _resized(to_rgb8(read_image_file(pair.visible, 'visible', colour=True)), size),
            _resized(_levels(pair.thermal), size),
        )
        for pair in (pairs[place] for place in places)
    ]


def _levels(path: Path) -> Image:
    frame = read_image_file(path, 'thermal', colour=False)
    try:
        return np.asarray(ThermalIntake(ThermalConfig()).take(frame).levels, np.uint8)
    except FrameError as error:
        raise InputError(f'{path}: {error}') from None


def _resized(image: Image, size: tuple[int, int]) -> Image:
    height, width = size
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
