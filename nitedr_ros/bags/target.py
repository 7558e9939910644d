"""Where a new bag goes, and how it gets there in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from nitedr_ros.bags.folder import METADATA
from nitedr_ros.errors import OutputError


class Target:
    """The final place of a bag; raises OutputError where it may not go there."""

    def __init__(self, path: Path, *, force: bool, input_path: str | Path | None) -> None:
        """Check the place; the parent folder must exist."""
        # Not resolved: a link at the end must be seen as such.
        self.path = Path(os.path.abspath(path))  # noqa: PTH100
        self._force = force
        self._input = Path(input_path).resolve() if input_path is not None else None
        if not self.path.name or not self.path.parent.is_dir():
            raise OutputError(
                f'{path}: expected a folder to create in an existing one, '
                f'{self.path.parent} is none: create it or choose another path'
            )
        self._check()

    def publish(self, folder: Path) -> None:
        """Give the finished `folder` the final name; an old bag stays until then.

        The old bag is left beside `folder` for the caller to delete. Raises OSError, OutputError.
        """
        for file in folder.iterdir():
            _sync(file)
        _sync_folder(folder)
        self._check()
        if self.path.exists():
            aside = folder.with_name(f'{folder.name}.replaced')
            try:
                self.path.rename(aside)
                folder.rename(self.path)
            except BaseException:
                if not self.path.exists() and aside.exists():
                    aside.rename(self.path)
                raise
        else:
            folder.rename(self.path)
        _sync_folder(self.path.parent)

    def _check(self) -> None:
        final = self.path.resolve()
        if self._input and (self._input == final or final in self._input.parents):
            raise OutputError(
                f'{self.path}: expected another path than that of the input: choose a new one'
            )
        if self._input and self._input in final.parents:
            raise OutputError(
                f'{self.path}: expected a path outside the input bag: choose another one'
            )
        if not os.path.lexists(self.path):
            return
        if not self._force:
            raise OutputError(
                f'{self.path}: exists already: choose another path or replace it with --force'
            )
        if self.path.is_symlink() or not (self.path / METADATA).is_file():
            raise OutputError(
                f'{self.path}: --force replaces bag folders only, and this is none '
                f'(no {METADATA}): choose another path'
            )


def _sync(path: Path) -> None:
    """Make sure that what was written is on the disk, or hear now that it is not."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    """Have names reach the disk too, where the file system can do that."""
    with suppress(OSError):
        _sync(path)
