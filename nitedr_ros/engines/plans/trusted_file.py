"""Files in a trusted folder: read once they prove to be the user's own, written all or nothing."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from contextlib import suppress

from nitedr_ros.engines.plans.trusted_folder import OTHERS_WRITE, TrustedFolder
from nitedr_ros.errors import EngineError

LEFTOVER_AGE_S = 3600.0
"""A temporary file older than this belongs to a writer that has crashed."""
_TEMPORARY = '.part'


def open_trusted_file(folder: TrustedFolder, name: str, flags: int) -> int:
    """Return the descriptor of a file that the user owns and nobody else can write to.

    flags: of os.open; a new file is for the user alone. Raises EngineError for any other file, a
    link or what is no regular file, OSError where it can't be opened.
    """
    try:
        # Without waiting, as a pipe in the file's place would have us do.
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, 0o600, dir_fd=folder.descriptor)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _distrust(folder, name, 'it is a symbolic link') from None
    complaint = _complaint(os.fstat(descriptor))
    if complaint:
        os.close(descriptor)
        raise _distrust(folder, name, complaint)
    return descriptor


def read_trusted_file(folder: TrustedFolder, name: str, limit: int) -> bytes:
    """Return the content of a file of at most `limit` bytes.

    Raises FileNotFoundError where there is none, EngineError where it is longer or can't be read
    or trusted.
    """
    path = folder.path / name
    try:
        with os.fdopen(open_trusted_file(folder, name, os.O_RDONLY), 'rb') as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(size, limit) + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise EngineError(f'expected to read {path}: {error.strerror}: delete it') from None
    if len(content) > limit:
        raise EngineError(f'expected {path} to have at most {limit} bytes, it has more: delete it')
    return content


def write_trusted_file(folder: TrustedFolder, name: str, content: bytes) -> None:
    """Write a file, for the user alone, that appears whole or not at all, also after a crash.

    Raises EngineError where it can't be written; what was there before is still there then.
    """
    temporary = f'.{name}.{secrets.token_hex(8)}{_TEMPORARY}'
    place = folder.descriptor
    try:
        descriptor = open_trusted_file(folder, temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, 'wb') as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=place)
            raise
    except OSError as error:
        raise EngineError(
            f'expected to write {folder.path / name}: {error.strerror}: make room, '
            'or choose another folder for plans'
        ) from None
    # The file is there; whether its name outlives a power failure is up to the file system.
    with suppress(OSError):
        os.fsync(place)


def remove_leftovers(folder: TrustedFolder) -> None:
    """Delete the temporary files of writers that have crashed; what can't be deleted stays."""
    oldest = time.time() - LEFTOVER_AGE_S
    with suppress(OSError):
        for name in folder.names():
            if name.startswith('.') and name.endswith(_TEMPORARY):
                with suppress(OSError):
                    status = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
                    if status.st_mtime < oldest:
                        os.unlink(name, dir_fd=folder.descriptor)


def _complaint(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return 'it is no regular file'
    if status.st_uid != os.geteuid():
        return f'it belongs to uid {status.st_uid}'
    if status.st_mode & OTHERS_WRITE:
        return f'its mode is {stat.S_IMODE(status.st_mode):04o}'
    return ''


def _distrust(folder: TrustedFolder, name: str, reason: str) -> EngineError:
    return EngineError(
        f'expected {folder.path / name} to be a file that you own and only you can write to, '
        f'{reason}: delete it'
    )
