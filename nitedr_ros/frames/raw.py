"""Uncompressed images (sensor_msgs/Image) as frames."""

from __future__ import annotations

import numpy as np

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.buffers import ImageBuffer, byte_view
from nitedr_ros.frames.encodings import encoding_named
from nitedr_ros.frames.frame import Frame


def frame_from_raw(
    stamp_ns: int,
    frame_id: str,
    encoding: str,
    height: int,
    width: int,
    step: int,
    data: ImageBuffer,
    is_bigendian: bool,
) -> Frame:
    """Make a frame of the fields of a sensor_msgs/Image.

    step: bytes from one row to the next; for nv12 and nv21 of a luma row, and the chroma rows
        (half as many, as long) follow with the same step.
    data: at least step * rows bytes; the last row may lack its padding.
    is_bigendian: byte order of 16-bit and float samples in `data`.

    The frame shares the memory of `data`, except where samples must be swapped to native byte
    order or lie across their natural alignment: then it holds a copy.
    Raises FrameError: unknown encoding, a size that the encoding can't have, step or data short.
    """
    layout = encoding_named(encoding)
    layout.check_size(height, width)
    rows, row_bytes = layout.rows(height), layout.row_bytes(width)
    if step < row_bytes:
        raise FrameError(
            f'{encoding} image of {width}x{height}: expected a step of at least {row_bytes} '
            f'bytes, got {step}; check the camera driver'
        )
    samples = byte_view(data)
    needed = step * (rows - 1) + row_bytes
    if samples.size < needed:
        raise FrameError(
            f'{encoding} image of {width}x{height} with step {step}: expected at least {needed} '
            f'bytes of data, got {samples.size}; the message is cut or its fields disagree'
        )
    size = layout.dtype.itemsize
    shape: tuple[int, ...] = (rows, width)
    strides: tuple[int, ...] = (step, layout.channels * size)
    if layout.channels > 1:
        shape, strides = (*shape, layout.channels), (*strides, size)
    stored = layout.dtype.newbyteorder('>' if is_bigendian else '<')
    view = np.ndarray(shape, stored, samples, 0, strides)
    if not (view.dtype.isnative and view.flags.aligned):
        view = np.array(view, layout.dtype, order='C')
    return Frame(stamp_ns, frame_id, encoding, view, height, width)
