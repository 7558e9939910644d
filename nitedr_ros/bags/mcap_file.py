"""MCAP files, whole or cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from mcap.opcode import Opcode

from nitedr_ros.bags.mcap_index import read_summary, scan
from nitedr_ros.bags.mcap_records import (
    DAMAGE,
    MESSAGE_HEADER,
    Index,
    Piece,
    records,
    unpack_chunk,
)
from nitedr_ros.bags.segments import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from nitedr_ros.bags.channel import Channel


class McapFile:
    """An open MCAP file.

    With a sound summary only the chunks that hold wanted topics are read. Without one, as after
    a power cut, the file is walked through once on opening; `losses` tells what is missing.
    """

    def __init__(self, path: Path, losses: list[str]) -> None:
        """Open the file; lines about what is missing are appended to `losses`."""
        self._path = path
        self._losses = losses
        self._stream: BinaryIO = path.open('rb')
        try:
            size = path.stat().st_size
            self._index: Index = read_summary(self._stream, size) or scan(
                self._stream, path, size, losses
            )
        except BaseException:
            self._stream.close()
            raise
        self._counts: dict[Channel, int] = {}
        for key, channel in self._index.channels.items():
            count = self._index.counts.get(key, 0)
            self._counts[channel] = self._counts.get(channel, 0) + count

    @property
    def counts(self) -> Mapping[Channel, int]:
        """Number of messages of each channel."""
        return self._counts

    @property
    def start_ns(self) -> int:
        """Time of receipt of the first message."""
        return self._index.start_ns

    @property
    def end_ns(self) -> int:
        """Time of receipt of the last message."""
        return self._index.end_ns

    def segments(self, topics: Collection[str]) -> Iterator[_Segment]:
        """Return the pieces that hold messages of these topics."""
        wanted = {k: c for k, c in self._index.channels.items() if c.topic in topics}
        for piece in self._index.pieces:
            if piece.channel_ids is None or not piece.channel_ids.isdisjoint(wanted):
                yield _Segment(self, piece, wanted)

    def read(self, piece: Piece, wanted: Mapping[int, Channel]) -> Iterator[Record]:
        """Yield the wanted messages of a piece by time of receipt."""
        found: list[tuple[int, Channel, memoryview]] = []
        try:
            self._stream.seek(piece.offset)
            content = self._stream.read(piece.length)
            data = unpack_chunk(content) if piece.is_chunk else memoryview(content)
            for opcode, record in records(data):
                if opcode == Opcode.MESSAGE:
                    channel_id, _, log_time, _ = MESSAGE_HEADER.unpack_from(record)
                    if channel_id in wanted:
                        payload = record[MESSAGE_HEADER.size :]
                        found.append((log_time, wanted[channel_id], payload))
        except DAMAGE as error:
            self._losses.append(
                f'{self._path.name}: a damaged part at byte {piece.offset} was left out: {error}'
            )
        found.sort(key=lambda message: message[0])
        for log_time, channel, payload in found:
            yield Record(log_time, channel, bytes(payload))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class _Segment:
    def __init__(self, file: McapFile, piece: Piece, wanted: Mapping[int, Channel]) -> None:
        self._file = file
        self._piece = piece
        self._wanted = wanted

    @property
    def start_ns(self) -> int:
        """No message of the segment was received before this time."""
        return self._piece.start_ns

    def records(self) -> Iterator[Record]:
        """Yield the wanted messages by time of receipt."""
        return self._file.read(self._piece, self._wanted)
