"""A run on disk, such that it goes on as if it had never stopped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nitedr_ros.errors import InputError, OutputError
from nitedr_ros.networks.reference.weights_file import read_checkpoint

FORMAT = 1
"""Changes where older checkpoints can't be gone on from."""


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint of tensors, numbers, strings, lists and dicts in the place of the last.

    The file is whole at any time, also when the machine stops meanwhile. Raises OutputError.
    """

    def write(file: Path) -> None:
        torch.save({'format': FORMAT, **state}, file)

    replace(path, write)


def restore_checkpoint(path: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    """Read a checkpoint and check that it holds what is needed.

    Raises InputError where there is none, or one of another program or version; EngineError where
    the file is damaged or holds more than weights and numbers.
    """
    check_present(path)
    state = read_checkpoint(path)
    missing = [name for name in needed if name not in state]
    if state.get('format') != FORMAT or missing:
        what = f'it lacks {missing[0]}' if missing else f'its format is {state.get("format")}'
        raise InputError(
            f'expected a checkpoint of this version of nitedr in {path}, {what}: begin a new run'
        )
    return state


def check_present(path: Path) -> None:
    """Raise InputError where there is no checkpoint."""
    if not path.is_file():
        raise InputError(
            f'expected a run to go on with, found no {path.name} in {path.parent}: '
            'leave --resume out to begin one'
        )


def replace(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside `path`, then put it in its place; raises OutputError."""
    temporary = path.with_name(f'.{path.name}.new')
    try:
        write(temporary)
        with temporary.open('rb+') as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        reason = getattr(error, 'strerror', None) or ' '.join(str(error).split())[:120]
        raise OutputError(f'expected to write {path}: {reason}') from None
