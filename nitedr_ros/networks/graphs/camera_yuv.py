"""YUV to RGB, as nodes of a graph: ITU-R BT.601 with luma 16 to 235, as OpenCV takes it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.camera_frames import CameraFormat
from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.rounding import clipped, halves_up

# OpenCV's fixed-point numbers.
_LUMA_GAIN = 1_220_542 / 2**20
_U_GAINS = np.array((0, -409_993, 2_116_026)) / 2**20
_V_GAINS = np.array((1_673_527, -852_492, 0)) / 2**20
_BLACK, _NEUTRAL = 16, 128
_OFFSETS = -_BLACK * _LUMA_GAIN - _NEUTRAL * (_U_GAINS + _V_GAINS)


def from_yuv422(added: AddedNodes, luma: str, chroma: str, camera: CameraFormat) -> str:
    """Make RGB of packed YUV.

    luma, chroma: float32 [1, 1, rows, columns]; chroma is U and V in turns along the rows. Result:
    [1, 3, rows, columns], whole numbers.
    """
    u, v = _chroma(added, chroma, camera, rows=camera.height)
    return _rgb(added, luma, u, v)


def from_yuv420(added: AddedNodes, planes: str, camera: CameraFormat, *, v_first: bool) -> str:
    """Make RGB of semi-planar YUV.

    planes: float32 [1, 1, 3 / 2 rows, columns], rows of luma and then half as many of chroma, U
    and V in turns. v_first: V and U instead. Result: [1, 3, rows, columns], whole numbers.
    """
    end = camera.shape[1]
    luma = _rows(added, planes, 'luma', 0, camera.height)
    chroma = _rows(added, planes, 'chroma', camera.height, end)
    first, second = _chroma(added, chroma, camera, rows=end - camera.height)
    return _rgb(added, luma, *((second, first) if v_first else (first, second)))


def _rows(added: AddedNodes, planes: str, what: str, first: int, end: int) -> str:
    starts = added.integers(f'{planes}/{what}/from', first)
    ends = added.integers(f'{planes}/{what}/to', end)
    axis = added.integers('camera/rows', 2)
    return added.add('Slice', [planes, starts, ends, axis], f'{planes}/{what}')


def _chroma(added: AddedNodes, chroma: str, camera: CameraFormat, rows: int) -> tuple[str, ...]:
    """Make two planes of the two in turns, each value repeated for all pixels that share it."""
    shape = added.integers(f'{chroma}/shape', 1, rows, camera.width // 2, 2)
    pairs = added.add('Reshape', [chroma, shape], f'{chroma}/pairs')
    coarse = added.add('Transpose', [pairs], f'{chroma}/coarse', perm=[0, 3, 1, 2])
    factors = np.array((1, 1, camera.height // rows, 2), np.float32)
    fine = added.add(
        'Resize',
        [coarse, '', added.constant(f'{chroma}/factors', factors)],
        f'{chroma}/fine',
        mode='nearest',
        coordinate_transformation_mode='asymmetric',
        nearest_mode='floor',
    )
    return added.split(fine, (f'{chroma}/first', f'{chroma}/second'), axis=1)


def _rgb(added: AddedNodes, luma: str, u: str, v: str) -> str:
    black = added.constant('camera/black', np.array(_BLACK, np.float32))
    total = added.add('Max', [luma, black], f'{luma}/kept')
    gains = _per_channel(added, 'luma', np.full(3, _LUMA_GAIN))
    total = added.add('Mul', [total, gains], f'{luma}/scaled')
    for tensor, what, values in ((u, 'u', _U_GAINS), (v, 'v', _V_GAINS)):
        part = added.add('Mul', [tensor, _per_channel(added, what, values)], f'{luma}/{what}')
        total = added.add('Add', [total, part], f'{luma}/with_{what}')
    total = added.add('Add', [total, _per_channel(added, 'offset', _OFFSETS)], f'{luma}/rgb')
    return clipped(added, halves_up(added, total))


def _per_channel(added: AddedNodes, what: str, values: npt.NDArray[np.float64]) -> str:
    shaped = values.astype(np.float32).reshape(1, 3, 1, 1)
    return added.constant(f'camera/yuv/{what}', shaped)
