"""The image encodings that can be read: the source is sensor_msgs/image_encodings.hpp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nitedr_ros.errors import FrameError

Kind = Literal['colour', 'mono', 'float', 'bayer', 'yuv422', 'yuv420']

# Names come from messages: cut and quoted, so that errors stay on one line.
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Encoding:
    """How one encoding lays out its pixels.

    name: as in the message's `encoding` field.
    kind: what the numbers mean; yuv422 is packed, yuv420 semi-planar (luma, then chroma rows).
    dtype: of one sample, native byte order.
    channels: samples per pixel of a row; 1 for yuv420, where a row is luma only.
    """

    name: str
    kind: Kind
    dtype: np.dtype[Any]
    channels: int

    def rows(self, height: int) -> int:
        """Rows of samples that an image of this height takes: height, or 3 / 2 of it in yuv420."""
        return height * 3 // 2 if self.kind == 'yuv420' else height

    def row_bytes(self, width: int) -> int:
        """Bytes of one row without padding, the smallest legal `step`."""
        return width * self.channels * self.dtype.itemsize

    def check_size(self, height: int, width: int) -> None:
        """Raise FrameError where an image of this size can't have this encoding."""
        if height <= 0 or width <= 0:
            reason = 'expected at least 1 pixel each way'
        elif self.kind == 'yuv422' and width % 2:
            reason = 'expected an even width'
        elif self.kind == 'yuv420' and (width % 2 or height % 2):
            reason = 'expected an even width and height'
        elif self.kind == 'bayer' and (width < 3 or height < 3):
            reason = 'expected at least 3 pixels each way'
        else:
            return
        raise FrameError(
            f'{self.name} image: {reason}, got {width}x{height}; check the camera driver'
        )


def _table() -> dict[str, Encoding]:
    byte, word, real = np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32)
    rows: list[tuple[Kind, np.dtype[Any], int, tuple[str, ...]]] = [
        ('colour', byte, 3, ('rgb8', 'bgr8', '8UC3')),
        ('colour', byte, 4, ('rgba8', 'bgra8')),
        ('mono', byte, 1, ('mono8', '8UC1')),
        ('mono', word, 1, ('mono16', '16UC1')),
        ('float', real, 1, ('32FC1',)),
        ('bayer', byte, 1, ('bayer_rggb8', 'bayer_bggr8', 'bayer_gbrg8', 'bayer_grbg8')),
        ('bayer', word, 1, ('bayer_rggb16', 'bayer_bggr16', 'bayer_gbrg16', 'bayer_grbg16')),
        ('yuv422', byte, 2, ('uyvy', 'yuv422', 'yuyv', 'yuv422_yuy2')),
        ('yuv420', byte, 1, ('nv12', 'nv21')),
    ]
    return {
        name: Encoding(name, kind, dtype, channels)
        for kind, dtype, channels, names in rows
        for name in names
    }


ENCODINGS = _table()


def encoding_named(name: str) -> Encoding:
    """Return the encoding of this name; FrameError if it isn't supported."""
    try:
        return ENCODINGS[name]
    except KeyError:
        raise FrameError(
            f'image encoding: expected one of {", ".join(ENCODINGS)}, '
            f'got {name[:_SHOWN_CHARACTERS]!r}; set the camera driver to one of these'
        ) from None
