"""From the bytes of camera images to RGB and to thermal values, as nodes of a graph.

They compute what `frames.convert` does with OpenCV. All tensors are float32 planes
[1, channels, rows, columns]; what comes in has a channel for each byte of a pixel.
"""

from __future__ import annotations

import numpy as np

from nitedr_ros.engines.camera_frames import CameraFormat
from nitedr_ros.frames.encodings import encoding_named
from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.camera_bayer import demosaiced
from nitedr_ros.networks.graphs.camera_yuv import from_yuv420, from_yuv422

# Of 16 bit, the second byte is the upper one.
_RGB_CHANNELS = {
    'bgr8': (2, 1, 0),
    '8UC3': (2, 1, 0),
    'rgba8': (0, 1, 2),
    'bgra8': (2, 1, 0),
    'mono8': (0, 0, 0),
    '8UC1': (0, 0, 0),
    'mono16': (1, 1, 1),
    '16UC1': (1, 1, 1),
}
_LUMA_AND_CHROMA = {'uyvy': (1, 0), 'yuv422': (1, 0), 'yuyv': (0, 1), 'yuv422_yuy2': (0, 1)}


def rgb_planes(added: AddedNodes, planes: str, camera: CameraFormat) -> str:
    """Make RGB of a visible image: 3 planes, whole numbers from 0 to 255."""
    name = camera.encoding
    kind = encoding_named(name).kind
    if kind == 'bayer':
        upper = camera.shape[-1] - 1
        samples = planes if upper == 0 else _channels(added, planes, 'upper', upper)
        return demosaiced(added, samples, name[6:10])
    if kind == 'yuv422':
        luma, chroma = (
            _channels(added, planes, what, channel)
            for what, channel in zip(('luma', 'chroma'), _LUMA_AND_CHROMA[name], strict=True)
        )
        return from_yuv422(added, luma, chroma, camera)
    if kind == 'yuv420':
        return from_yuv420(added, planes, camera, v_first=name == 'nv21')
    if name == 'rgb8':
        return planes
    return _channels(added, planes, 'rgb', *_RGB_CHANNELS[name])


def thermal_values(added: AddedNodes, planes: str, camera: CameraFormat) -> str:
    """Make one plane of a thermal image's values."""
    if camera.shape[-1] == 1:
        return planes
    lower, upper = added.split(planes, (f'{planes}/lower', f'{planes}/upper'), axis=1)
    step = added.constant('camera/byte', np.array(256, np.float32))
    raised = added.add('Mul', [upper, step], f'{planes}/raised')
    return added.add('Add', [raised, lower], f'{planes}/values')


def _channels(added: AddedNodes, planes: str, what: str, *wanted: int) -> str:
    which = added.integers(f'{planes}/{what}/which', *wanted)
    return added.add('Gather', [planes, which], f'{planes}/{what}', axis=1)
