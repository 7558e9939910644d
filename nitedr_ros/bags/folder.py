"""Which files make up a bag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import yaml

from nitedr_ros.errors import InputError

METADATA = 'metadata.yaml'
_SUFFIXES = ('.mcap', '.db3', '.bag', '.mcap.zstd', '.db3.zstd')


@dataclass(frozen=True)
class BagFiles:
    """The files of a bag in their order, and how many messages its metadata promises."""

    paths: tuple[Path, ...]
    promised: int | None = None


def find_files(path: Path, losses: list[str]) -> BagFiles:
    """Return the files of the bag at `path`: a file, or a folder as rosbag2 writes it.

    Without usable metadata.yaml, which rosbag2 writes last, all bag files of the folder are
    taken. Missing ones are reported in `losses`. Raises InputError where there are none.
    """
    try:
        if not path.exists():
            raise InputError(f'{path}: expected a bag, found nothing: check the path')
        if not path.is_dir():
            return BagFiles((path,))
        present = sorted((p for p in path.iterdir() if _is_bag_file(p)), key=_natural)
    except OSError as error:
        raise InputError(
            f'{path}: expected a bag, but it cannot be read ({error.strerror}): check your right '
            'to read it'
        ) from error
    information = _metadata(path, losses)
    listed = _listed(path, information)
    losses.extend(f'{p.name}: named in {METADATA} but missing' for p in listed if not p.exists())
    found = tuple(p for p in listed if p.exists()) or tuple(present)
    if not found:
        raise InputError(
            f'{path}: expected a bag folder with .mcap or .db3 files, found none: name the folder '
            'that `ros2 bag record` made'
        )
    return BagFiles(found, _count(information))


def _metadata(folder: Path, losses: list[str]) -> dict[str, Any]:
    path = folder / METADATA
    try:
        information = yaml.safe_load(path.read_text('utf-8'))['rosbag2_bagfile_information']
        if not isinstance(information, dict):
            raise TypeError('not a mapping')  # noqa: TRY301 - joins the other ways to be unusable
    except FileNotFoundError:
        losses.append(f'{METADATA} is missing: the files of the folder are read in their order')
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        losses.append(f'{METADATA} is damaged: the files of the folder are read in their order')
    else:
        return information
    return {}


def _listed(folder: Path, information: dict[str, Any]) -> list[Path]:
    names = information.get('relative_file_paths')
    if not isinstance(names, list):
        return []
    # Bags of Dashing and Eloquent name the folder too.
    return [folder / PurePath(name).name for name in names if isinstance(name, str) and name]


def _count(information: dict[str, Any]) -> int | None:
    count = information.get('message_count')
    return count if isinstance(count, int) else None


def _is_bag_file(path: Path) -> bool:
    return path.name.endswith(_SUFFIXES) and not path.name.startswith('.') and path.is_file()


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort run_10 after run_9."""
    return [
        (int(part), '') if part.isdigit() else (-1, part) for part in re.split(r'(\d+)', path.name)
    ]
