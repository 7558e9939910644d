"""Rain at night, laid over batches of clean frames on the device where they are.

`RainModel` draws streaks and lens drops once, as periodic textures, and recombines them for each
batch. Light is counted in linear radiance, 1 where the sensor saturates; images are RGB in [0, 1],
display-referred. Pixel (0, 0) is the centre of the first pixel. All chance comes from the
generator that is given: the same seed gives the same rain on the same device.
"""

from __future__ import annotations

from nitedr_ros.training.rain.config import RainConfig
from nitedr_ros.training.rain.kinds import KINDS
from nitedr_ros.training.rain.model import Rained, RainModel

__all__ = ['KINDS', 'RainConfig', 'RainModel', 'Rained']
