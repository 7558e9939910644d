from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nitedr_ros.frames.frame import Frame

Image = npt.NDArray[Any]
MakeFrame = Callable[..., Frame]


@pytest.fixture(scope='session')
def frame() -> MakeFrame:
    """Makes the frame of an image: frame(image, stamp_ms, encoding)."""

    def make(image: Image, stamp_ms: float = 0, encoding: str = '') -> Frame:
        names = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}
        name = encoding or names[image.dtype.name]
        height, width = image.shape[:2]
        return Frame(round(stamp_ms * 1e6), 'thermal', name, image, height, width)

    return make


@pytest.fixture
def noisy() -> Callable[[Image], Image]:
    """Adds the noise of a camera to an image in kelvin: uint16 in hundredths of a kelvin."""

    def fields() -> Iterator[Image]:
        generator = np.random.default_rng(7)
        while True:
            yield generator.normal(0, 0.06, (96, 128))

    noise = fields()
    return lambda kelvin: np.rint((kelvin + next(noise)) * 100).astype(np.uint16)
