"""A folder whose files may be run, as nobody but the user can have put them there."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nitedr_ros.errors import EngineError, PlanFolderError

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
"""Of a mode: whether anybody but the owner may write."""
# To pass through a folder takes no right to list it; a link put in its place is not followed.
_PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_DIRECTORY


@dataclass(frozen=True)
class TrustedFolder:
    """A folder that is open, so that it stays the same one wherever its name leads meanwhile.

    path: without links, for messages. descriptor: for the `dir_fd` of functions of `os`.
    """

    path: Path
    descriptor: int

    def names(self) -> list[str]:
        """Return the names of all that lies in it, in order; raises OSError."""
        return sorted(os.listdir(self.descriptor))  # noqa: PTH208 - of what is open, not of a path


def default_folder() -> Path:
    """Return `nitedr/plans` in the user's folder for caches, as the XDG specification has it.

    Raises EngineError where the user has no home.
    """
    caches = Path(os.environ.get('XDG_CACHE_HOME', ''))
    if not caches.is_absolute():
        try:
            caches = Path.home() / '.cache'
        except RuntimeError:
            raise EngineError(
                'expected a home folder to keep plans in, there is none: set XDG_CACHE_HOME'
            ) from None
    return caches / 'nitedr' / 'plans'


def plans_folder(configured: str) -> Path:
    """Return the folder of plans that a configuration names; the default where that is ''."""
    return Path(configured).expanduser() if configured else default_folder()


@contextmanager
def open_trusted_folder(folder: Path, *, create: bool = False) -> Iterator[TrustedFolder]:
    """Open a folder that the user owns and nobody else can write to, nor put another in its place.

    The folders above belong to the user or root, and others can write to them only where, as in
    /tmp, each keeps what is his. `create` makes what is missing, for the user alone.

    Raises EngineError where the folder can't be trusted, PlanFolderError where it can't be used,
    FileNotFoundError where there is none and it is not to be created.
    """
    path = Path(os.path.realpath(folder))
    try:
        descriptor = _descend(path, create=create)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not create:
            raise
        raise PlanFolderError(
            f'expected a folder for plans at {path}: {error.strerror}: choose another one'
        ) from None
    try:
        yield TrustedFolder(path, descriptor)
    finally:
        os.close(descriptor)


def _descend(path: Path, *, create: bool) -> int:
    """Go down from the root, look at each folder once it is open, and return the last one's."""
    with ExitStack() as opened:
        descriptor = os.open('/', _PASS)
        opened.callback(os.close, descriptor)
        for place in reversed((path, *path.parents)):
            if place.name:
                descriptor = _enter(descriptor, place.name, create=create)
                opened.callback(os.close, descriptor)
            _check(os.fstat(descriptor), place, is_last=place == path)
        return os.open('.', _READ, dir_fd=descriptor)


def _enter(parent: int, name: str, *, create: bool) -> int:
    try:
        return os.open(name, _PASS, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):  # made by another process just now
        os.mkdir(name, 0o700, dir_fd=parent)
    return os.open(name, _PASS, dir_fd=parent)


def _check(status: os.stat_result, place: Path, *, is_last: bool) -> None:
    user = os.geteuid()
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != user and (is_last or status.st_uid != 0):
        owner = f'you (uid {user})' if is_last else f'you (uid {user}) or root'
        raise EngineError(
            f'expected {place} to belong to {owner}, it belongs to uid {status.st_uid}: '
            'choose a folder of your own for plans'
        )
    if mode & OTHERS_WRITE and (is_last or not mode & stat.S_ISVTX):
        raise EngineError(
            f'expected {place} to be writable by its owner only, its mode is {mode:04o}: '
            f'chmod go-w {shlex.quote(str(place))}'
        )
