"""The real-time networks: rain out of the visible image and warmth into it, in three sizes.

Images are cut into cells of 2x2 or 4x4 pixels, and all computing is done on cells: one vector of
channels per cell. Training knows several branches per convolution; the deployed graph has one.
"""

from __future__ import annotations

from nitedr_ros.networks.realtime.deployed import deployed
from nitedr_ros.networks.realtime.pair import Pair, Restoration
from nitedr_ros.networks.realtime.sizes import SIZES, PairSize

__all__ = ['SIZES', 'Pair', 'PairSize', 'Restoration', 'deployed']
