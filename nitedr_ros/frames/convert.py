"""Frames of any encoding as the two kinds of array that the pipeline works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.encodings import encoding_named

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame

# OpenCV names a mosaic by the second and third pixel of the second row, ROS by the first two
# rows from the first pixel: rggb is OpenCV's BG.
_BAYER = {
    'rggb': cv2.COLOR_BayerBG2RGB,
    'bggr': cv2.COLOR_BayerRG2RGB,
    'gbrg': cv2.COLOR_BayerGR2RGB,
    'grbg': cv2.COLOR_BayerGB2RGB,
}

_TO_RGB = {
    'bgr8': cv2.COLOR_BGR2RGB,
    '8UC3': cv2.COLOR_BGR2RGB,
    'rgba8': cv2.COLOR_RGBA2RGB,
    'bgra8': cv2.COLOR_BGRA2RGB,
    'mono8': cv2.COLOR_GRAY2RGB,
    '8UC1': cv2.COLOR_GRAY2RGB,
    'mono16': cv2.COLOR_GRAY2RGB,
    '16UC1': cv2.COLOR_GRAY2RGB,
    'uyvy': cv2.COLOR_YUV2RGB_UYVY,
    'yuv422': cv2.COLOR_YUV2RGB_UYVY,
    'yuyv': cv2.COLOR_YUV2RGB_YUY2,
    'yuv422_yuy2': cv2.COLOR_YUV2RGB_YUY2,
    'nv12': cv2.COLOR_YUV2RGB_NV12,
    'nv21': cv2.COLOR_YUV2RGB_NV21,
    **{f'bayer_{order}{bits}': code for order, code in _BAYER.items() for bits in (8, 16)},
}

_LUMA = {'uyvy': 1, 'yuv422': 1, 'yuyv': 0, 'yuv422_yuy2': 0}
"""Which of the two samples of a pixel is its luma."""


def to_rgb8(frame: Frame) -> npt.NDArray[np.uint8]:
    """Return the frame as contiguous uint8 [H, W, 3] RGB.

    A contiguous rgb8 frame comes back as it is, sharing (maybe read-only) memory. 8UC3 is taken
    for BGR, the order of OpenCV. 16-bit mono and Bayer samples become 8 bit by their top byte,
    so a 12-bit camera must fill the upper bits. Bayer is interpolated bilinearly. YUV is ITU-R
    BT.601 with luma 16 to 235, as OpenCV and cv_bridge take it.
    Raises FrameError for 32FC1, whose range isn't known.
    """
    if frame.encoding == 'rgb8':
        return np.ascontiguousarray(frame.data)
    code = _TO_RGB.get(frame.encoding)
    if code is None:
        raise FrameError(
            f'visible image: expected colour, Bayer, YUV or integer mono, got {frame.encoding}; '
            'check that the topic is of the visible camera'
        )
    pixels: npt.NDArray[Any] = frame.data
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    return np.ascontiguousarray(cv2.cvtColor(pixels, code), np.uint8)


def to_single_channel(frame: Frame) -> npt.NDArray[Any]:
    """Return the frame as uint8, uint16 or float32 [H, W], for thermal images.

    mono8, 8UC1, mono16, 16UC1 and 32FC1 come back as they are, and so does the luma of YUV, which
    thermal cameras fill from 0 to 255, sharing (maybe read-only, maybe strided) memory; everything
    else becomes uint8 grey (luma of ITU-R BT.601).
    """
    if encoding_named(frame.encoding).kind in ('mono', 'float'):
        return frame.data
    luma = _LUMA.get(frame.encoding)
    if luma is not None:
        return np.ascontiguousarray(frame.data[..., luma])
    if frame.encoding in ('nv12', 'nv21'):
        return np.ascontiguousarray(frame.data[: frame.height])
    return np.ascontiguousarray(cv2.cvtColor(to_rgb8(frame), cv2.COLOR_RGB2GRAY))
