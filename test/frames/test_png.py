from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.png import SIGNATURE, png_size

IMAGE = np.random.default_rng(0).integers(0, 65536, (5, 7), np.uint16)
WHOLE = cv2.imencode('.png', IMAGE)[1].tobytes()
END = WHOLE[-12:]


def test_the_size_is_found() -> None:
    assert png_size(WHOLE) == (5, 7)
    assert png_size(WHOLE + bytes(100)) == (5, 7)


def test_every_cut_is_refused() -> None:
    for length in range(len(SIGNATURE), len(WHOLE)):
        with pytest.raises(FrameError, match=f'got {length} bytes that are cut or damaged'):
            png_size(WHOLE[:length])


@given(st.integers(len(SIGNATURE), len(WHOLE) - 1), st.integers(1, 255))
def test_every_altered_byte_is_refused(position: int, change: int) -> None:
    altered = bytearray(WHOLE)
    altered[position] ^= change
    with pytest.raises(FrameError, match='cut or damaged'):
        png_size(bytes(altered))


@pytest.mark.parametrize('data', [SIGNATURE + END, WHOLE[:33] + END, SIGNATURE + WHOLE[33:]])
def test_missing_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(FrameError, match='cut or damaged'):
        png_size(data)
