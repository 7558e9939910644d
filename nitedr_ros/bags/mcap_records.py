"""Records of MCAP files (specification: https://mcap.dev/spec), read with the mcap package."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import mcap.records
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.stream_reader import get_chunk_data_stream
from rosbags.typesys.msg import normalize_msgtype

from nitedr_ros.bags.channel import Channel, definition_from, qos_from_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b'\x89MCAP0\r\n'
RECORD_HEADER = struct.Struct('<BQ')
# channel id, sequence, log time, publish time: what precedes the payload of a message
MESSAGE_HEADER = struct.Struct('<HIQQ')

# All that reading a damaged record can raise; lz4 raises RuntimeError.
DAMAGE = (
    McapError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zstandard.ZstdError,
    MemoryError,
    OverflowError,
)


@dataclass(frozen=True)
class Piece:
    """A run of bytes of the file that is read at once.

    offset, length: of the chunk's content, or of a run of whole records outside chunks.
    start_ns: earliest time of receipt inside.
    channel_ids: channels that occur inside; None where the file does not say.
    """

    offset: int
    length: int
    start_ns: int
    channel_ids: frozenset[int] | None
    is_chunk: bool


@dataclass
class Index:
    """What a file holds and where."""

    channels: dict[int, Channel] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    start_ns: int = 2**63 - 1
    end_ns: int = 0


def records(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield (opcode, content) of the records in `data`; ValueError where one is cut off."""
    position = 0
    while position < len(data):
        if position + RECORD_HEADER.size > len(data):
            raise ValueError('a record is cut off')
        opcode, length = RECORD_HEADER.unpack_from(data, position)
        position += RECORD_HEADER.size
        if length > len(data) - position:
            raise ValueError('a record is cut off')
        yield opcode, data[position : position + length]
        position += length


def unpack_chunk(content: bytes) -> memoryview:
    """Decompress the content of a chunk record and check its CRC; raises one of `DAMAGE`."""
    chunk = mcap.records.Chunk.read(ReadDataStream(BytesIO(content)))
    if chunk.compression not in {'', 'zstd', 'lz4'}:
        raise ValueError(f'compression {chunk.compression!r} is unknown')
    stream, length = get_chunk_data_stream(chunk, validate_crc=True)
    if length != chunk.uncompressed_size:
        raise ValueError('a chunk has the wrong size')
    return memoryview(stream.read(length))


class Definitions:
    """Collects schema and channel records."""

    def __init__(self) -> None:
        """Start with none."""
        self._schemas: dict[int, mcap.records.Schema] = {}
        self.channels: dict[int, Channel] = {}

    def take(self, opcode: int, content: memoryview | bytes) -> None:
        """Take in a record if it is a schema or channel; raises one of `DAMAGE`."""
        if opcode == Opcode.SCHEMA:
            self.add_schema(mcap.records.Schema.read(_stream(content)))
        elif opcode == Opcode.CHANNEL:
            self.add_channel(mcap.records.Channel.read(_stream(content)))

    def add_schema(self, schema: mcap.records.Schema) -> None:
        """Remember a schema."""
        self._schemas[schema.id] = schema

    def add_channel(self, record: mcap.records.Channel) -> None:
        """Remember a channel; one without a schema gets an empty type name."""
        schema = self._schemas.get(record.schema_id)
        name, encoding, text = (
            (schema.name, schema.encoding, schema.data.decode(errors='replace'))
            if schema
            else ('', '', '')
        )
        self.channels[record.id] = Channel(
            record.topic,
            normalize_msgtype(name) if name else '',
            record.message_encoding,
            definition_from(encoding, text),
            qos_from_yaml(record.metadata.get('offered_qos_profiles', '')),
        )


def _stream(content: memoryview | bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(content))
