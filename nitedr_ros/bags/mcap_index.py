"""Where the messages of an MCAP file lie: from its summary, or by walking through the file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from mcap.opcode import Opcode
from mcap.reader import SeekingReader

from nitedr_ros.bags.mcap_records import (
    DAMAGE,
    MAGIC,
    MESSAGE_HEADER,
    RECORD_HEADER,
    Definitions,
    Index,
    Piece,
    records,
    unpack_chunk,
)

if TYPE_CHECKING:
    from pathlib import Path

# Messages outside chunks are read in runs of about this many bytes.
_RUN_BYTES = 4 * 2**20
# What a chunk starts with: times of its first and last message.
_CHUNK_TIMES = struct.Struct('<QQ')


def read_summary(stream: BinaryIO, size: int) -> Index | None:
    """Read the index at the end of the file; None where it is missing, partial or damaged."""
    try:
        stream.seek(0)
        summary = SeekingReader(stream, record_size_limit=size).get_summary()
        if summary is None or summary.statistics is None:
            return None
        statistics = summary.statistics
        definitions = Definitions()
        for schema in summary.schemas.values():
            definitions.add_schema(schema)
        for channel in summary.channels.values():
            definitions.add_channel(channel)
    except DAMAGE:
        return None
    counts = {key: n for key, n in statistics.channel_message_counts.items() if n}
    complete = (
        len(summary.chunk_indexes) == statistics.chunk_count
        and (summary.chunk_indexes or not statistics.message_count)
        and sum(counts.values()) == statistics.message_count
        and counts.keys() <= definitions.channels.keys()
    )
    if not complete:
        return None
    pieces = [
        Piece(
            chunk.chunk_start_offset + RECORD_HEADER.size,
            chunk.chunk_length - RECORD_HEADER.size,
            chunk.message_start_time,
            frozenset(chunk.message_index_offsets) or None,
            is_chunk=True,
        )
        for chunk in summary.chunk_indexes
    ]
    if any(piece.length < 0 or piece.offset + piece.length > size for piece in pieces):
        return None
    # Most writers leave out the summary's checksum, so its times are held against the chunks'.
    for piece, chunk in zip(pieces, summary.chunk_indexes, strict=True):
        stream.seek(piece.offset)
        times = stream.read(_CHUNK_TIMES.size)
        if times != _CHUNK_TIMES.pack(chunk.message_start_time, chunk.message_end_time):
            return None
    return Index(
        definitions.channels,
        counts,
        pieces,
        statistics.message_start_time,
        statistics.message_end_time,
    )


def scan(stream: BinaryIO, path: Path, size: int, losses: list[str]) -> Index:
    """Walk through the file up to its end or to the damage, which is reported in `losses`."""
    walk = _Walk(stream, path, losses)
    position = len(MAGIC)
    while True:
        stream.seek(position)
        header = stream.read(RECORD_HEADER.size)
        if len(header) < RECORD_HEADER.size:
            walk.cut_off(position, size)
            break
        opcode, length = RECORD_HEADER.unpack(header)
        content = position + RECORD_HEADER.size
        if opcode in {Opcode.DATA_END, Opcode.FOOTER}:
            break
        if opcode == 0 or length > size - content:
            walk.cut_off(position, size)
            break
        try:
            walk.visit(opcode, content, length)
        except DAMAGE as error:
            losses.append(f'{path.name}: a damaged part at byte {position} was left out: {error}')
        position = content + length
    return walk.index


class _Walk:
    def __init__(self, stream: BinaryIO, path: Path, losses: list[str]) -> None:
        self._stream = stream
        self._path = path
        self._losses = losses
        self._definitions = Definitions()
        self.index = Index(channels=self._definitions.channels)

    def cut_off(self, position: int, size: int) -> None:
        count = sum(self.index.counts.values())
        self._losses.append(
            f'{self._path.name}: the recording breaks off at byte {position} of {size}: '
            f'messages found before that: {count}'
        )

    def visit(self, opcode: int, offset: int, length: int) -> None:
        """Take in a record outside chunks."""
        if opcode == Opcode.CHUNK:
            self._visit_chunk(offset, length)
        elif opcode == Opcode.MESSAGE:
            header = self._stream.read(min(length, MESSAGE_HEADER.size))
            channel_id, _, log_time, _ = MESSAGE_HEADER.unpack(header)
            self._count(channel_id, log_time)
            self._extend_run(offset - RECORD_HEADER.size, length + RECORD_HEADER.size, log_time)
        elif opcode in {Opcode.SCHEMA, Opcode.CHANNEL}:
            self._definitions.take(opcode, self._stream.read(length))

    def _visit_chunk(self, offset: int, length: int) -> None:
        start: int | None = None
        ids: set[int] = set()
        for opcode, content in records(unpack_chunk(self._stream.read(length))):
            if opcode == Opcode.MESSAGE:
                channel_id, _, log_time, _ = MESSAGE_HEADER.unpack_from(content)
                self._count(channel_id, log_time)
                start = log_time if start is None else min(start, log_time)
                ids.add(channel_id)
            else:
                self._definitions.take(opcode, content)
        if start is not None:
            self.index.pieces.append(Piece(offset, length, start, frozenset(ids), is_chunk=True))

    def _extend_run(self, offset: int, length: int, log_time: int) -> None:
        last = self.index.pieces[-1] if self.index.pieces else None
        if last and not last.is_chunk and last.length + length <= _RUN_BYTES:
            self.index.pieces.pop()
            start, begin = min(last.start_ns, log_time), last.offset
        else:
            start, begin = log_time, offset
        end = offset + length
        self.index.pieces.append(Piece(begin, end - begin, start, None, is_chunk=False))

    def _count(self, channel_id: int, log_time: int) -> None:
        index = self.index
        index.counts[channel_id] = index.counts.get(channel_id, 0) + 1
        index.start_ns = min(index.start_ns, log_time)
        index.end_ns = max(index.end_ns, log_time)
