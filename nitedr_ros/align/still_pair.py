"""The two images from image files."""

from __future__ import annotations

from pathlib import Path

from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import FrameError, InputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.image_file import read_image_file
from nitedr_ros.thermal.intake import ThermalIntake


def pair_from_stills(visible: Path, thermal: Path, config: ThermalConfig) -> ImagePair:
    """Return the images of two files as they are, since files say nothing about the lenses.

    Raises InputError where one can't be read.
    """
    rgb = to_rgb8(read_image_file(visible, 'visible', colour=True))
    frame = read_image_file(thermal, 'thermal', colour=False)
    try:
        levels = ThermalIntake(config).take(frame).levels
    except FrameError as error:
        raise InputError(f'{thermal}: {error}') from None
    return ImagePair(rgb, levels, rectified=(), source=f'{visible} and {thermal}')
