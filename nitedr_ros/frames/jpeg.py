"""Checks of a JPEG stream (ITU-T T.81) that a decoder doesn't make or makes too late."""

from __future__ import annotations

from nitedr_ros.errors import FrameError

SIGNATURE = b'\xff\xd8\xff'

_START_OF_SCAN = 0xDA
_END_OF_IMAGE = b'\xff\xd9'
# Baseline, extended and progressive Huffman coding: what cameras write and OpenCV reads.
_READABLE_FRAMES = (0xC0, 0xC1, 0xC2)
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return (height, width) of a whole JPEG stream, pixels.

    Raises FrameError if the stream is broken or ends before its end-of-image marker: decoders
    fill what is missing with grey and say nothing. Bytes after the marker are allowed, as some
    drivers hand on their whole buffer.
    """
    size: tuple[int, int] | None = None
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], 'big')
        body = data[position + 4 : position + 2 + length]
        if length < 2 or len(body) != length - 2:
            break
        if marker in _OTHER_FRAMES:
            raise FrameError(
                'JPEG image: expected baseline or progressive Huffman coding, '
                f'got coding process 0x{marker:02X}; change the camera driver'
            )
        if marker in _READABLE_FRAMES:
            size = _frame_size(body)
        if marker == _START_OF_SCAN:
            # Within a scan every FF is followed by 00 or a restart marker, so this is the end.
            if size is None or data.rfind(_END_OF_IMAGE, position) < 0:
                break
            return size
        position += 2 + length
    raise FrameError(
        'JPEG image: expected a stream up to its end-of-image marker, '
        f'got {len(data)} bytes that are cut or damaged; look for losses on the way'
    )


def _frame_size(body: bytes) -> tuple[int, int] | None:
    if len(body) < 6:
        return None
    if body[0] != 8:
        raise FrameError(
            f'JPEG image: expected 8 bits per sample, got {body[0]}; change the camera driver'
        )
    return int.from_bytes(body[1:3], 'big'), int.from_bytes(body[3:5], 'big')
