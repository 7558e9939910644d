"""The bytes of a message, whatever type the message library keeps them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import FrameError

if TYPE_CHECKING:
    from array import array

ImageBuffer: TypeAlias = 'bytes | bytearray | memoryview | array[int] | npt.NDArray[np.uint8]'


def byte_view(data: ImageBuffer) -> npt.NDArray[np.uint8]:
    """Return uint8 [N] that shares the memory of `data` (any contiguous buffer, or FrameError)."""
    try:
        return np.frombuffer(data, np.uint8)
    except (TypeError, ValueError, BufferError):
        raise FrameError(
            f'image data: expected a contiguous buffer of bytes, got {type(data).__name__}; '
            'pass the data field of the message'
        ) from None
