"""A still image file as a frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from nitedr_ros.errors import InputError
from nitedr_ros.frames.frame import Frame

SUFFIXES = frozenset({'.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'})
"""Names of image files end so, in lower or upper case."""
_GREY = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}
_COLOUR = {3: 'bgr8', 4: 'bgra8'}


def read_image_file(path: Path, frame_id: str, *, colour: bool) -> Frame:
    """Read an image file as an unstamped frame of this optical frame.

    colour: as bgr8, whatever the file; otherwise the depth and channels stay: mono8, mono16,
    32FC1, bgr8 or bgra8. Raises InputError.
    """
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f'expected an image in {path}: {error.strerror}') from None
    flags = cv2.IMREAD_COLOR if colour else cv2.IMREAD_UNCHANGED
    image = cv2.imdecode(content, flags) if content.size else None
    if image is None:
        raise InputError(f'expected an image in {path}, it can not be decoded: take another file')
    if image.ndim == 2:
        encoding = _GREY.get(str(image.dtype), '')
    else:
        encoding = _COLOUR.get(image.shape[2], '') if image.dtype == np.uint8 else ''
    if not encoding:
        raise InputError(
            f'expected 8-bit colour or grey in {path}, got {image.dtype} {image.shape}: convert it'
        )
    return Frame(0, frame_id, encoding, image, image.shape[0], image.shape[1])
