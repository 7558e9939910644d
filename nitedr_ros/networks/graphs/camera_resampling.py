"""Averaging and resampling of camera images, as nodes of a graph: see `geometry.resampling`."""

from __future__ import annotations

from typing import Literal

from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.rounding import halves_to_even, halves_up


def binned(added: AddedNodes, planes: str, bins: tuple[int, int]) -> str:
    """Average bins of pixels, columns by rows, and round as OpenCV does on bytes.

    planes: float32 [1, channels, rows, columns], whole numbers. What fills no bin is left out.
    """
    columns, rows = bins
    while columns > 1 or rows > 1:
        step = (min(columns, 2), min(rows, 2))
        mean = added.add(
            'AveragePool',
            [planes],
            f'{planes}/mean',
            kernel_shape=[step[1], step[0]],
            strides=[step[1], step[0]],
        )
        planes = halves_up(added, mean) if step == (2, 2) else halves_to_even(added, mean)
        columns, rows = columns // step[0], rows // step[1]
    return planes


def resampled(
    added: AddedNodes, planes: str, grid: str, output: str, beyond: Literal['zeros', 'border']
) -> str:
    """Fetch the pixels of one view from an image, bilinearly; whole numbers.

    grid: float32 [1, H, W, 2], x and y, -1 and 1 at the image's outer borders. beyond: what lies
    outside is 0, or as at the border. Result: float32 [1, channels, H, W].
    """
    fetched = added.add(
        'GridSample',
        [planes, grid],
        output,
        mode='bilinear',
        padding_mode=beyond,
        align_corners=0,
    )
    return halves_up(added, fetched)
