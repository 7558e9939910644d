"""The image files of a folder."""

from __future__ import annotations

from pathlib import Path

from nitedr_ros.errors import InputError
from nitedr_ros.frames.image_file import SUFFIXES


def images_by_stem(folder: Path) -> dict[str, Path]:
    """Return the image files of a folder by stem, in order of their names.

    Other files are passed over. Raises InputError: no such folder, or two images of one stem.
    """
    if not folder.is_dir():
        raise InputError(f'expected a folder of images at {folder}, there is none')
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f'expected a folder of images at {folder}: {error.strerror}') from None
    found: dict[str, Path] = {}
    for path in paths:
        if path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in found:
            raise InputError(
                f'expected one image named {path.stem} in {folder}, '
                f'found {found[path.stem].name} and {path.name}: move one away'
            )
        found[path.stem] = path
    return found
