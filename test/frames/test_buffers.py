from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.buffers import byte_view


@pytest.mark.parametrize(
    'data',
    [
        b'\x01\x02\x03',
        bytearray(b'\x01\x02\x03'),
        memoryview(b'\x00\x01\x02\x03')[1:],
        array('B', [1, 2, 3]),
        np.array([1, 2, 3], np.uint8),
    ],
    ids=['bytes', 'bytearray', 'memoryview', 'array', 'ndarray'],
)
def test_any_buffer_is_viewed_without_a_copy(data: Any) -> None:
    view = byte_view(data)
    assert view.tolist() == [1, 2, 3]
    assert np.shares_memory(view, np.frombuffer(data, np.uint8))


def test_an_empty_buffer_is_an_empty_view() -> None:
    assert byte_view(b'').shape == (0,)


@pytest.mark.parametrize('data', [None, [1, 2, 3], 'text', memoryview(b'abcdef')[::2]], ids=type)
def test_what_is_no_contiguous_buffer_is_refused(data: Any) -> None:
    with pytest.raises(FrameError, match='expected a contiguous buffer of bytes, got'):
        byte_view(data)
