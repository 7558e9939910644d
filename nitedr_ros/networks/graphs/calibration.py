"""What convolutions read on given frames: how large the values are, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx

from nitedr_ros.networks.graphs.session import GraphSession, UInt8
from nitedr_ros.networks.graphs.wiring import Wiring

CLIPPED = (0.0, 1e-6, 1e-5, 1e-4)
"""Shares of a tensor's values, in the frame that has the largest, that may lie beyond a range."""


@dataclass(frozen=True)
class Calibration:
    """Measured over all frames.

    ranges: by share of CLIPPED, the largest absolute value of each tensor that a convolution
    reads, but for that share. products: of each convolution, by its place in the list of nodes, in
    the frame with most.
    """

    ranges: dict[float, dict[str, float]]
    products: dict[int, int]


def calibrate(
    model: onnx.ModelProto, convolutions: Iterable[int], pairs: Iterable[tuple[UInt8, UInt8]]
) -> Calibration:
    """Run a float32 graph on pairs of visible and thermal and measure what convolutions read.

    The share that is clipped is of each frame: of all together, nights with lamps would have all
    of their few large values clipped where day frames are many.
    """
    wiring = Wiring(model.graph)
    nodes = {index: wiring.nodes[index] for index in convolutions}
    tensors = sorted({node.input[0] for node in nodes.values()})
    calibration = Calibration(
        {share: dict.fromkeys(tensors, 0.0) for share in CLIPPED}, dict.fromkeys(nodes, 0)
    )
    session = GraphSession(model, tensors)
    for visible, thermal in pairs:
        found = session.run(visible, thermal)
        for name in tensors:
            for share, value in zip(CLIPPED, _largest(found[name]), strict=True):
                ranges = calibration.ranges[share]
                ranges[name] = max(ranges[name], value)
        for index, node in nodes.items():
            weights = int(np.prod(wiring.constants[node.input[1]].dims))
            count = weights * _places(node, found[node.input[0]])
            calibration.products[index] = max(calibration.products[index], count)
    return calibration


def _largest(values: np.ndarray) -> list[float]:
    """Return the largest absolute value but for each share of CLIPPED."""
    magnitudes = np.abs(values).reshape(-1)
    places = [magnitudes.size - 1 - int(magnitudes.size * share) for share in CLIPPED]
    ordered = np.partition(magnitudes, sorted(set(places)))
    return [float(ordered[place]) for place in places]


def _places(node: onnx.NodeProto, features: np.ndarray) -> int:
    """Return at how many places a convolution with padding is computed."""
    strides = [attribute.ints for attribute in node.attribute if attribute.name == 'strides']
    height, width = features.shape[2:]
    down, right = strides[0] if strides else (1, 1)
    return int(-(-height // down) * -(-width // right))
