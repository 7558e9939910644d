from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.jpeg import jpeg_size

IMAGE = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)


def jpeg(*options: int) -> bytes:
    return cv2.imencode('.jpg', IMAGE, options)[1].tobytes()


WHOLE = jpeg()


@pytest.mark.parametrize(
    'options',
    [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)],
    ids=['baseline', 'progressive', 'restart'],
)
def test_the_size_is_found(options: tuple[int, ...]) -> None:
    assert jpeg_size(jpeg(*options)) == (30, 50)


def test_fill_bytes_and_a_tail_are_allowed() -> None:
    assert jpeg_size(WHOLE[:2] + b'\xff\xff' + WHOLE[2:] + bytes(512)) == (30, 50)


def test_every_cut_is_refused() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(FrameError, match=f'got {length} bytes that are cut or damaged'):
            jpeg_size(WHOLE[:length])


def test_the_end_marker_of_a_thumbnail_does_not_count() -> None:
    thumbnail = b'\xff\xe1' + (2 + len(WHOLE)).to_bytes(2, 'big') + WHOLE
    outer = WHOLE[:2] + thumbnail + WHOLE[2:]
    assert jpeg_size(outer) == (30, 50)
    with pytest.raises(FrameError, match='cut or damaged'):
        jpeg_size(outer[:-2])


def frame_header(data: bytes) -> int:
    return data.index(b'\xff\xc0')


def test_other_coding_processes_are_refused() -> None:
    at = frame_header(WHOLE)
    with pytest.raises(FrameError, match='got coding process 0xC3; change'):
        jpeg_size(WHOLE[: at + 1] + b'\xc3' + WHOLE[at + 2 :])


def test_other_depths_are_refused() -> None:
    at = frame_header(WHOLE)
    with pytest.raises(FrameError, match='expected 8 bits per sample, got 12; change'):
        jpeg_size(WHOLE[: at + 4] + b'\x0c' + WHOLE[at + 5 :])
