"""Compressed images (sensor_msgs/CompressedImage) as frames."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import FrameError
from nitedr_ros.frames import jpeg, png
from nitedr_ros.frames.buffers import ImageBuffer, byte_view
from nitedr_ros.frames.encodings import ENCODINGS
from nitedr_ros.frames.frame import Frame

MAX_PIXELS = 100_000_000
"""Larger images are refused before they are decoded: no camera makes them, but damage may."""

_SHOWN_CHARACTERS = 60


def frame_from_compressed(
    stamp_ns: int, frame_id: str, image_format: str, data: ImageBuffer
) -> Frame:
    """Make a frame of the fields of a sensor_msgs/CompressedImage that holds JPEG or PNG.

    image_format: as compressed_image_transport writes it (sensor_msgs/CompressedImage.msg), like
        'rgb8; jpeg compressed bgr8' or 'mono16; png compressed ', or just 'jpeg' or 'png'.
        The codec itself is told from the data.

    The frame's encoding says how the decoded pixels lie: bgr8 for colour (rgb8 where the format
    says that rgb8 was compressed, in line with image_transport), bgra8 with an alpha channel,
    mono8 or mono16 for one channel, or the original encoding (8UC1, 16UC1, Bayer) where the
    format names one of the same depth. The orientation tag of a JPEG is ignored.
    Raises FrameError: another codec, data cut or damaged, more than MAX_PIXELS, 16-bit colour.
    """
    if 'compresseddepth' in image_format.lower():
        raise _refused(image_format, 'compressedDepth')
    stream = byte_view(data)
    content = stream.tobytes()
    if content.startswith(jpeg.SIGNATURE):
        codec, (height, width) = 'JPEG', jpeg.jpeg_size(content)
    elif content.startswith(png.SIGNATURE):
        codec, (height, width) = 'PNG', png.png_size(content)
    else:
        raise _refused(image_format, f'{len(content)} bytes of something else')
    if height == 0 or width == 0 or height * width > MAX_PIXELS:
        raise FrameError(
            f'{codec} image: expected 1 to {MAX_PIXELS} pixels, got {width}x{height}; '
            'the message is damaged'
        )
    pixels = _decoded(stream, codec, height, width)
    return Frame(stamp_ns, frame_id, _encoding(pixels, image_format), pixels, height, width)


def _refused(image_format: str, got: str) -> FrameError:
    return FrameError(
        f'compressed image: expected JPEG or PNG, got {got} with the format '
        f'{image_format[:_SHOWN_CHARACTERS]!r}; use the raw or the compressed image transport'
    )


def _decoded(
    stream: npt.NDArray[np.uint8], codec: str, height: int, width: int
) -> npt.NDArray[Any]:
    try:
        pixels: npt.NDArray[Any] | None = cv2.imdecode(stream, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None or pixels.shape[:2] != (height, width):
        raise FrameError(
            f'{codec} image of {width}x{height}: expected data that can be decoded, '
            f'got {stream.size} damaged bytes; look for losses on the way'
        )
    return pixels


def _encoding(pixels: npt.NDArray[Any], image_format: str) -> str:
    """Name the encoding of decoded pixels, with what the message's format adds to their shape."""
    if pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16):
        original = ENCODINGS.get(image_format.partition(';')[0].strip())
        # image_transport's JPEG makes grey of Bayer, says 'compressed mono8' and keeps the name.
        kept = ('mono',) if 'compressed mono' in image_format else ('mono', 'bayer')
        if original is not None and original.kind in kept and original.dtype == pixels.dtype:
            original.check_size(*pixels.shape)
            return original.name
        return 'mono8' if pixels.dtype == np.uint8 else 'mono16'
    if pixels.ndim == 3 and pixels.dtype == np.uint8 and pixels.shape[2] in (3, 4):
        order = 'rgb' if 'compressed rgb' in image_format else 'bgr'
        return f'{order}8' if pixels.shape[2] == 3 else f'{order}a8'
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    raise FrameError(
        'compressed image: expected 8-bit colour or 8- or 16-bit grey, '
        f'got {channels} channels of {pixels.dtype}; change the camera driver'
    )
