"""Frames that a graph is measured and compared on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.engines.check import sample_pair
from nitedr_ros.errors import FrameError, InputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.image_file import read_image_file
from nitedr_ros.frames.image_folder import images_by_stem
from nitedr_ros.networks.graphs.session import UInt8
from nitedr_ros.thermal.intake import ThermalIntake

MOST = 12
"""So many pairs of a folder are taken, spread evenly over it."""
CALIBRATION_MOST = 24
"""The same, of a folder to calibrate on."""


@dataclass(frozen=True, eq=False)
class Sample:
    """visible: uint8 [H, W, 3] RGB. thermal: uint8 [H, W]. target: clean, as visible, or None."""

    visible: UInt8
    thermal: UInt8
    target: UInt8 | None = None

    @property
    def pair(self) -> tuple[UInt8, UInt8]:
        """What the graph takes."""
        return self.visible, self.thermal


def drawn_sample(size: tuple[int, int] | None) -> Sample:
    """Return a drawn scene of that height and width, pixels."""
    return Sample(*(sample_pair() if size is None else sample_pair(*size)))


def read_judges(folder: Path, size: tuple[int, int] | None) -> list[Sample]:
    """Read samples to measure a loss of quality on, see `read_samples`.

    Raises InputError where none has a clean image.
    """
    samples = read_samples(folder, size)
    if all(sample.target is None for sample in samples):
        raise InputError(
            f'expected clean images in {folder}/target, of the same stems as the rainy ones in '
            f'visible, to measure what int8 loses, found none: add them'
        )
    return samples


def read_calibration(folder: Path, size: tuple[int, int] | None) -> list[Sample]:
    """Read up to CALIBRATION_MOST pairs of a folder to calibrate on, see `read_samples`."""
    return read_samples(folder, size, CALIBRATION_MOST)


def read_samples(folder: Path, size: tuple[int, int] | None, most: int = MOST) -> list[Sample]:
    """Read up to `most` pairs of a folder's `visible` and `thermal`, matched by stem.

    Images of the same stem in `target`, where there is such a folder, are the clean ones. size:
    height and width, pixels, to which all are cropped, or reflected where they are smaller. Raises
    InputError.
    """
    visible, thermal = (images_by_stem(folder / name) for name in ('visible', 'thermal'))
    clean = images_by_stem(folder / 'target') if (folder / 'target').is_dir() else {}
    stems = sorted(visible.keys() & thermal.keys())
    if not stems:
        raise InputError(
            f'expected images of the same stem in {folder}/visible and {folder}/thermal, '
            f'got {len(visible)} and {len(thermal)} without a pair: rename them'
        )
    chosen = [stems[len(stems) * place // most] for place in range(most)]
    return [
        _read(visible[stem], thermal[stem], clean.get(stem), size)
        for stem in dict.fromkeys(chosen)
    ]


def _read(
    visible: Path, thermal: Path, clean: Path | None, size: tuple[int, int] | None
) -> Sample:
    rgb = to_rgb8(read_image_file(visible, 'visible', colour=True))
    frame = read_image_file(thermal, 'thermal', colour=False)
    try:
        levels = ThermalIntake(ThermalConfig()).take(frame).levels
    except FrameError as error:
        raise InputError(f'{thermal}: {error}') from None
    target = None if clean is None else to_rgb8(read_image_file(clean, 'visible', colour=True))
    for path, image in ((thermal, levels), (clean, target)):
        if image is not None and image.shape[:2] != rgb.shape[:2]:
            raise InputError(
                f'expected {path} to have the size of the visible image, '
                f'{rgb.shape[1]}x{rgb.shape[0]}, got {image.shape[1]}x{image.shape[0]}'
            )
    if size is None:
        return Sample(rgb, levels, target)
    return Sample(
        _cut(rgb, size), _cut(levels, size), None if target is None else _cut(target, size)
    )


def _cut(image: UInt8, size: tuple[int, int]) -> UInt8:
    bottom, right = (
        max(0, wanted - have) for wanted, have in zip(size, image.shape, strict=False)
    )
    if bottom or right:
        image = np.asarray(
            cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REFLECT), np.uint8
        )
    return np.ascontiguousarray(image[: size[0], : size[1]])
