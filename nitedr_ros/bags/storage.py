"""Opens one file of a bag, whatever its format: the first bytes decide, not the name."""

from __future__ import annotations

import sqlite3
import tempfile
from typing import TYPE_CHECKING

import zstandard

from nitedr_ros.bags.mcap_file import McapFile
from nitedr_ros.bags.mcap_records import DAMAGE, MAGIC
from nitedr_ros.bags.ros1_file import Ros1File
from nitedr_ros.bags.sqlite_file import SqliteFile
from nitedr_ros.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from nitedr_ros.bags.segments import StorageFile

ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
_SQLITE_MAGIC = b'SQLite format 3\x00'
_ROS1_MAGIC = b'#ROSBAG V'
# Small, as what a block gave before its damage is lost with it.
_BLOCK = 2**14
_EXPECTED = 'expected a bag file (.mcap, .db3 or .bag, also .zstd)'


def open_storage(path: Path, scratch: Path, losses: list[str]) -> StorageFile:
    """Open a file of a bag.

    A zstd-compressed file is unpacked into the folder `scratch` first. What cannot be read of a
    damaged file is reported in `losses`, now or while reading. Raises InputError where nothing
    can be read.
    """
    try:
        head = _head(path)
        if head.startswith(ZSTD_MAGIC):
            unpacked = _unpack(path, scratch, losses)
            head = _head(unpacked)
        else:
            unpacked = path
        return _open(path, unpacked, head, losses)
    except (OSError, sqlite3.Error, *DAMAGE) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            f'{path}: {_EXPECTED}, but it cannot be read ({reason}): check the file and your '
            'right to read it'
        ) from error


def _open(path: Path, unpacked: Path, head: bytes, losses: list[str]) -> StorageFile:
    if not head:
        raise InputError(f'{path}: {_EXPECTED}, found an empty file: take another recording')
    if head.startswith(MAGIC):
        return McapFile(unpacked, losses)
    if head.startswith(_SQLITE_MAGIC):
        return SqliteFile(unpacked, losses)
    if head.startswith(_ROS1_MAGIC):
        return Ros1File(unpacked, losses)
    raise InputError(f'{path}: {_EXPECTED}, found another kind of file: name a bag')


def _head(path: Path) -> bytes:
    with path.open('rb') as stream:
        return stream.read(16)


def _unpack(path: Path, scratch: Path, losses: list[str]) -> Path:
    """Decompress a file; one that breaks off is unpacked up to there."""
    target = scratch / (path.stem if path.suffix == '.zstd' else path.name)
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    try:
        with path.open('rb') as source, target.open('xb') as sink:
            while block := source.read(_BLOCK):
                try:
                    sink.write(decompressor.decompress(block))
                except zstandard.ZstdError as error:
                    losses.append(f'{path.name}: the compressed file is damaged: {error}')
                    return target
                if decompressor.eof:
                    return target
    except OSError as error:
        raise InputError(
            f'{path}: cannot be unpacked into {tempfile.gettempdir()} ({error.strerror}): make '
            'room there or set TMPDIR to a folder with room for the unpacked bag'
        ) from error
    losses.append(f'{path.name}: the compressed file breaks off')
    return target
