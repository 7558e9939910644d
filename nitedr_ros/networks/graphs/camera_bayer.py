"""Bayer mosaics to RGB, as nodes of a graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.rounding import halves_up


def demosaiced(added: AddedNodes, samples: str, order: str) -> str:
    """Interpolate bilinearly, as OpenCV does.

    samples: float32 [1, 1, rows, columns], both even, whole numbers. order: colours of the first
    two rows, such as 'rggb'. Result: [1, 3, rows, columns], whole numbers; the outermost pixels
    are as those beside them.
    """
    # Weights and bytes are exact in TF32 and fp16, too.
    weights = added.constant('camera/bayer', bayer_weights(order))
    blocks = added.add('Conv', [samples, weights], f'{samples}/blocks', strides=[2, 2])
    inner = added.add('DepthToSpace', [blocks], f'{samples}/inner', blocksize=2, mode='CRD')
    pads = added.integers('camera/border', 0, 0, 1, 1, 0, 0, 1, 1)
    return added.add('Pad', [halves_up(added, inner), pads], f'{samples}/rgb', mode='edge')


def bayer_weights(order: str) -> npt.NDArray[np.float32]:
    """Return what makes the inner 2x2 pixels of 4x4 samples, float32 [12, 1, 4, 4].

    For samples from an even row and column on. Channels are the 2x2 pixels of R, row by row, of G
    and of B. A colour that a pixel lacks is the mean of its nearest neighbours that have it.
    """
    weights = np.zeros((3, 2, 2, 4, 4), np.float32)
    colours = np.tile(np.array(list(order)).reshape(2, 2), (2, 2))
    for channel, row, column in np.ndindex(3, 2, 2):
        colour = 'rgb'[channel]
        nearest = np.zeros((4, 4), bool)
        if colours[row + 1, column + 1] == colour:
            nearest[row + 1, column + 1] = True
        else:
            nearest[row : row + 3, column : column + 3] = True
            nearest &= colours == colour
        weights[channel, row, column] = nearest / np.count_nonzero(nearest)
    return weights.reshape(12, 1, 4, 4)
