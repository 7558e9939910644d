"""Writes ROS 2 bags that are there whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from nitedr_ros.bags.channel import Channel
from nitedr_ros.bags.target import Target
from nitedr_ros.bags.typestore import output_definition, ros2_types
from nitedr_ros.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from nitedr_ros.bags.messages import Message

Storage = Literal['mcap', 'sqlite3']

# Metadata version 8 writes QoS profiles as a string; version 9 writes a list, on which the
# rosbag2 of Humble fails. Jazzy reads both.
_METADATA_VERSION: Literal[8] = 8

# What rosbag2 records for 'no limit'.
_FOREVER = QosTime(9223372036, 854775807)

# Reliable and volatile: on playing back, both reliable and best-effort subscribers match.
_QOS = Qos(
    QosHistory.KEEP_LAST,
    10,
    QosReliability.RELIABLE,
    QosDurability.VOLATILE,
    _FOREVER,
    _FOREVER,
    QosLiveliness.AUTOMATIC,
    _FOREVER,
    avoid_ros_namespace_conventions=False,
)

# As tf2 publishes static transforms: whoever comes later gets the last message, too.
_QOS_LATCHED = _QOS._replace(depth=1, durability=QosDurability.TRANSIENT_LOCAL)


class BagWriter:
    """A new bag folder, written with `with` from one thread.

    Everything is written into a hidden folder beside `path`, which takes the final name when the
    block ends without an exception and vanishes otherwise. Chunks of an MCAP bag are written as
    soon as they hold 1 MiB, uncompressed (camera noise does not compress); an SQLite bag is one
    transaction, which SQLite keeps on disk. So memory does not grow with the bag.

    path: folder to create; its parent must exist.
    force: replace an existing bag at `path`, in the end and in one step.
    input_path: the bag being read, which is never replaced.

    Raises OutputError: at once where `path` is taken, later where the disk refuses.
    """

    def __init__(
        self,
        path: str | Path,
        storage: Storage = 'mcap',
        *,
        force: bool = False,
        input_path: str | Path | None = None,
    ) -> None:
        """Check the target; nothing is created before the `with` block."""
        self._target = Target(Path(path), force=force, input_path=input_path)
        if storage == 'sqlite3' and any(mark in str(self._target.path) for mark in '?#%'):
            raise OutputError(
                f'{path}: expected a path without ?, # and %, which SQLite bags cannot have: '
                'choose another path or mcap'
            )
        self._plugin = StoragePlugin.MCAP if storage == 'mcap' else StoragePlugin.SQLITE3
        self._scratch: Path | None = None
        self._writer: Writer | None = None
        self._connections: dict[tuple[str, str], Connection] = {}

    @property
    def path(self) -> Path:
        """Final path of the bag, absolute."""
        return self._target.path

    @property
    def folder(self) -> Path:
        """Folder of the bag while it is being written; files put here come along."""
        return self._open_writer().path

    def __enter__(self) -> Self:
        """Create the hidden folder."""
        with self.refusals():
            # The bag lies inside the hidden folder under its final name, as rosbag2 names the
            # files after the folder.
            self._scratch = Path(
                tempfile.mkdtemp(
                    prefix=f'.{self.path.name}.', suffix='.partial', dir=self.path.parent
                )
            )
            try:
                self._writer = Writer(
                    self._scratch / self.path.name,
                    version=_METADATA_VERSION,
                    storage_plugin=self._plugin,
                )
                # Humble cannot read empty custom data.
                self._writer.set_custom_data('producer', 'nitedr_ros')
                self._writer.open()
            except BaseException:
                self._discard()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the bag its name, or after an exception remove what was written."""
        try:
            if kind is None:
                with self.refusals():
                    writer = self._open_writer()
                    writer.close()
                    self._target.publish(writer.path)
        finally:
            self._discard()

    def write(
        self, topic: str, message: Message, receive_ns: int, *, latched: bool = False
    ) -> None:
        """Write a typed message.

        receive_ns: time under which the bag lists it, nanoseconds since the epoch.
        latched: a new topic is offered as transient local, like /tf_static, so that a subscriber
        who comes after the message gets it, too.
        """
        msgtype = message.__msgtype__
        raw = ros2_types().serialize_cdr(message, msgtype)
        channel = Channel(topic, msgtype, qos=(_QOS_LATCHED,)) if latched else None
        self.write_raw(topic, msgtype, raw, receive_ns, channel)

    def write_raw(
        self,
        topic: str,
        msgtype: str,
        raw_cdr: bytes | memoryview,
        receive_ns: int,
        channel: Channel | None = None,
    ) -> None:
        """Write a message that is serialised already.

        channel: of the input bag it comes from, which gives definition and QoS of a new topic.
        Raises FrameError where a new topic has a type that nobody defines.
        """
        connection = self._connections.get((topic, msgtype))
        with self.refusals():
            if connection is None:
                connection = self._add(topic, msgtype, channel)
            self._open_writer().write(connection, receive_ns, raw_cdr)

    def _add(self, topic: str, msgtype: str, channel: Channel | None) -> Connection:
        text, digest = output_definition(channel or Channel(topic, msgtype))
        connection = self._open_writer().add_connection(
            topic,
            msgtype,
            msgdef=text,
            rihs01=digest,
            offered_qos_profiles=(channel.qos if channel else ()) or (_QOS,),
        )
        self._connections[topic, msgtype] = connection
        return connection

    def _open_writer(self) -> Writer:
        if self._writer is None:
            raise RuntimeError('the bag is not open: use it in a with block')
        return self._writer

    def _discard(self) -> None:
        """Remove the hidden folder; after a success it is empty or holds the replaced bag."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(Exception):
                writer.abort()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn what a disk refuses into OutputError; for files put into `folder` too."""
        try:
            yield
        except (OSError, sqlite3.Error, WriterError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise OutputError(
                f'{self.path}: cannot be written ({reason}): make room, or choose a folder on '
                'another disk that you may write to; nothing was left there'
            ) from error
