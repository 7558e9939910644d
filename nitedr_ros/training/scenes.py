"""The image sets on disk, and what of them trains and what validates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import InputError

VALIDATION_EVERY = 10
"""Every tenth name of the sorted RoadScene scenes is kept for validation."""
MSRS_VALIDATION = frozenset({'00012N', '00028N', '00047N', '00085D', '00103D'})
"""Names of the MSRS pairs that are kept for validation."""
OTHER_RAINS = ('thin_veil', 'near_streaks', 'lens_drops')
"""The folders of `other-rain/visible`, all of which only validate."""

UInt8 = npt.NDArray[np.uint8]
_READERS = 8
_Name = TypeVar('_Name')
_Read = TypeVar('_Read')


@dataclass(frozen=True)
class Scene:
    """One view: visible uint8 [H, W, 3] RGB and thermal uint8 [H, W].

    rainy: None where the scene was recorded without rain.
    """

    name: str
    rainy: UInt8 | None
    clean: UInt8
    thermal: UInt8


def recorded_rain(root: Path, *, validation: bool) -> list[Scene]:
    """Return the RoadScene-rain triplets of one split, in name order; InputError without them."""
    base = root / 'roadscene-rain' / 'train'
    names = _roadscene_names(base / 'Vis' / 'input', validation=validation)

    def read(name: str) -> Scene:
        rainy = _rgb(base / 'Vis' / 'input' / name)
        clean = _rgb(base / 'Vis' / 'target' / name)
        thermal = _grey(base / 'Inf' / 'input' / name)
        return _checked(Scene(Path(name).stem, rainy, clean, thermal), base)

    return _read_all(read, names)


def clean_roadscene(root: Path, widths: Iterable[int]) -> list[Scene]:
    """Return the RoadScene scenes that train, without rain, each at all of these widths.

    A width that a scene does not have is left out, but for its own. InputError without them.
    """
    base = root / 'roadscene-hr'
    names = _roadscene_names(base / 'visible', validation=False)

    def read(name: str) -> list[Scene]:
        visible, thermal = _rgb(base / 'visible' / name), _grey(base / 'thermal' / name)
        own = visible.shape[1]
        fitting = {min(width, own) for width in widths}
        return [_scaled(Path(name).stem, visible, thermal, width) for width in sorted(fitting)]

    return [scene for scenes in _read_all(read, names) for scene in scenes]


def msrs(root: Path, *, validation: bool) -> list[Scene]:
    """Return the MSRS pairs of one split, in name order; InputError without them."""
    base = root / 'msrs'
    names = [
        name
        for name in _names(base / 'visible')
        if (Path(name).stem in MSRS_VALIDATION) == validation
    ]

    def read(name: str) -> Scene:
        visible, thermal = _rgb(base / 'visible' / name), _grey(base / 'thermal' / name)
        return _checked(Scene(Path(name).stem, None, visible, thermal), base)

    return _read_all(read, names)


def other_rain(root: Path) -> dict[str, list[Scene]]:
    """Return the scenes of other rain by the name of the rain; InputError without them."""
    base = root / 'other-rain'

    def read(kind_and_name: tuple[str, str]) -> Scene:
        kind, name = kind_and_name
        rainy = _rgb(base / 'visible' / kind / name)
        clean, thermal = _rgb(base / 'target' / name), _grey(base / 'thermal' / name)
        return _checked(Scene(Path(name).stem, rainy, clean, thermal), base)

    return {
        kind: _read_all(read, [(kind, name) for name in _names(base / 'visible' / kind)])
        for kind in OTHER_RAINS
    }


def _names(folder: Path) -> list[str]:
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith('.'))
    except OSError as error:
        raise InputError(
            f'expected images in {folder}: {error.strerror}; --data takes the folder that holds '
            'roadscene-rain, roadscene-hr, msrs and other-rain'
        ) from None
    if not names:
        raise InputError(f'expected images in {folder}, it is empty')
    return names


def _roadscene_names(folder: Path, *, validation: bool) -> list[str]:
    return [
        name
        for index, name in enumerate(_names(folder))
        if (index % VALIDATION_EVERY == 0) == validation
    ]


def _read_all(read: Callable[[_Name], _Read], names: Iterable[_Name]) -> list[_Read]:
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(read, names))


def _scaled(name: str, visible: UInt8, thermal: UInt8, width: int) -> Scene:
    size = (width, round(visible.shape[0] * width / visible.shape[1]))
    return Scene(
        name,
        None,
        np.asarray(cv2.resize(visible, size, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(thermal, size, interpolation=cv2.INTER_LINEAR), np.uint8),
    )


def _checked(scene: Scene, base: Path) -> Scene:
    images = (scene.rainy, scene.clean, scene.thermal)
    sizes = {image.shape[:2] for image in images if image is not None}
    if len(sizes) != 1:
        found = ' and '.join(f'{width}x{height}' for height, width in sorted(sizes))
        raise InputError(
            f'expected all images of {scene.name} in {base} to be of one size, got {found}'
        )
    return scene


def _rgb(path: Path) -> UInt8:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f'expected an image at {path}, found none that can be read')
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _grey(path: Path) -> UInt8:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f'expected an image at {path}, found none that can be read')
    return np.asarray(image, np.uint8)
