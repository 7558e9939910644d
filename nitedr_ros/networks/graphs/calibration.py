"""What convolutions read on given frames: how large the values are, and how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from nitedr_ros.networks.graphs.measured import measure_each
from nitedr_ros.networks.graphs.session import UInt8
from nitedr_ros.networks.graphs.wiring import Wiring

OUTLIERS = 0.1
"""Part of the frames, those with the largest values of a tensor, that its range needn't hold."""


@dataclass(frozen=True)
class Calibration:
    """Measured over all frames.

    ranges: the largest absolute value, outliers left out, of each tensor that a convolution reads.
    products: of each convolution, by its place in the list of nodes, in the largest frame.
    """

    ranges: dict[str, float]
    products: dict[int, int]


def calibrate(
    model: onnx.ModelProto, convolutions: Sequence[int], pairs: Iterable[tuple[UInt8, UInt8]]
) -> Calibration:
    """Run a float32 graph on pairs of visible and thermal and measure what convolutions read.

    All values of most frames are held, since the few large ones of a frame are its lamps; single
    frames that a network goes wrong on would make all others coarse.
    """
    measured = list(measure_each(model, pairs))
    wiring = Wiring(model.graph)
    ranges, products = {}, {}
    for index in convolutions:
        node = wiring.nodes[index]
        read, weight = node.input[0], wiring.constants[node.input[1]]
        largest = sorted(extents[read].largest for extents in measured)
        ranges[read] = largest[-1 - int(len(largest) * OUTLIERS)]
        places = max(extents[node.output[0]].elements for extents in measured) // weight.dims[0]
        products[index] = places * int(np.prod(weight.dims))
    return Calibration(ranges, products)
