"""Reads ROS 2 and ROS 1 bags message by message."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from nitedr_ros.bags.folder import BagFiles, find_files
from nitedr_ros.bags.message import BagMessage
from nitedr_ros.bags.segments import Record, StorageFile, merge
from nitedr_ros.bags.storage import ZSTD_MAGIC, open_storage
from nitedr_ros.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from nitedr_ros.bags.channel import Channel


@dataclass(frozen=True)
class TopicInfo:
    """A topic of a bag: name, ROS 2 name of the message type, number of messages."""

    name: str
    msgtype: str
    count: int


class BagReader:
    """A bag, opened with `with`: a rosbag2 folder, an .mcap or .db3 file, or a ROS 1 .bag.

    Compressed files, chunks and messages (zstd, lz4, bz2) are unpacked on the way. In memory are
    only those chunks that overlap in time, whatever the length of the bag.

    losses: one line for each part of the bag that is missing or damaged; grows while reading.

    Opening raises InputError where nothing can be read.
    """

    def __init__(self, path: str | Path) -> None:
        """Name the bag; it is opened by `with`."""
        self.path = Path(path)
        self.losses: list[str] = []
        self._files: list[StorageFile] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the bag."""
        with self._stack:
            found = find_files(self.path, self.losses)
            scratch = self._stack.enter_context(tempfile.TemporaryDirectory(prefix='nitedr-'))
            self._open(found, Path(scratch))
            if not self.message_count:
                raise InputError(
                    f'{self.path}: expected a bag with messages, found none: take another '
                    f'recording{self._because()}'
                )
            self._report_fewer(found.promised)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bag."""
        self._files.clear()
        self._stack.close()

    @property
    def message_count(self) -> int:
        """Number of messages of all topics."""
        return sum(sum(file.counts.values()) for file in self._files)

    @property
    def start_ns(self) -> int:
        """When the first message was received, nanoseconds since the epoch."""
        return min(file.start_ns for file in self._files if any(file.counts.values()))

    @property
    def end_ns(self) -> int:
        """When the last message was received, nanoseconds since the epoch."""
        return max(file.end_ns for file in self._files if any(file.counts.values()))

    @property
    def topics(self) -> list[TopicInfo]:
        """The topics by name; a name recorded with two types comes twice."""
        counts: dict[tuple[str, str], int] = {}
        for file in self._files:
            for channel, count in file.counts.items():
                key = (channel.topic, channel.msgtype)
                counts[key] = counts.get(key, 0) + count
        return [TopicInfo(*key, count) for key, count in sorted(counts.items())]

    def messages(self, topics: Collection[str]) -> Iterator[BagMessage]:
        """Yield the messages of these topics in the order in which they were received.

        Damaged parts are left out and reported in `losses`. Messages of other topics are not
        looked at, so their types need not be known.
        """
        wanted = frozenset(topics)
        for record in merge(s for file in self._files for s in file.segments(wanted)):
            yield _message(record)

    def channels(self, topics: Collection[str]) -> list[Channel]:
        """Return what the bag records about these topics, one for each topic and type."""
        found: dict[tuple[str, str], Channel] = {}
        for file in self._files:
            for channel in file.counts:
                if channel.topic in topics:
                    found.setdefault((channel.topic, channel.msgtype), channel)
        return list(found.values())

    def _open(self, found: BagFiles, scratch: Path) -> None:
        """Open the files; of several, broken ones count as losses while one can be read."""
        errors: list[InputError] = []
        for path in found.paths:
            try:
                file = open_storage(path, scratch, self.losses)
            except InputError as error:
                errors.append(error)
                continue
            self._stack.callback(file.close)
            self._files.append(file)
        if not self._files:
            raise errors[0]
        self.losses.extend(str(error) for error in errors)

    def _report_fewer(self, promised: int | None) -> None:
        count = self.message_count
        if promised is not None and count < promised and not self.losses:
            self.losses.append(f'metadata.yaml promises {promised} messages, {count} were found')

    def _because(self) -> str:
        return f' ({"; ".join(self.losses)})' if self.losses else ''


def _message(record: Record) -> BagMessage:
    receive_ns, channel, raw = record
    # CDR starts with a zero byte, so a message that starts like zstd was compressed by rosbag2.
    if channel.wire == 'cdr' and raw.startswith(ZSTD_MAGIC):
        try:
            raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        except zstandard.ZstdError:
            return BagMessage(channel, receive_ns, raw)
    return BagMessage(channel, receive_ns, raw)
