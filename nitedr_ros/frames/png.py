"""Checks of a PNG stream (ISO/IEC 15948) that keep broken data away from the decoder."""

from __future__ import annotations

import zlib

from nitedr_ros.errors import FrameError

SIGNATURE = b'\x89PNG\r\n\x1a\n'


def png_size(data: bytes) -> tuple[int, int]:
    """Return (height, width) of a whole PNG stream, pixels.

    Raises FrameError if a chunk is cut, fails its checksum or is missing.
    """
    view = memoryview(data)
    size: tuple[int, int] | None = None
    has_pixels = False
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], 'big')
        end = position + 12 + length
        name = data[position + 4 : position + 8]
        if end > len(data) or (name == b'IHDR') != (size is None):
            break
        stored = int.from_bytes(data[end - 4 : end], 'big')
        if zlib.crc32(view[position + 4 : end - 4]) != stored:
            break
        if name == b'IHDR':
            if length != 13:
                break
            body = data[position + 8 : end - 4]
            size = int.from_bytes(body[4:8], 'big'), int.from_bytes(body[0:4], 'big')
        has_pixels = has_pixels or name == b'IDAT'
        if name == b'IEND':
            if size is None or not has_pixels:
                break
            return size
        position = end
    raise FrameError(
        'PNG image: expected whole chunks with right checksums up to IEND, '
        f'got {len(data)} bytes that are cut or damaged; look for losses on the way'
    )
