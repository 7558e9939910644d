"""rosbag2's SQLite files (.db3), whole or damaged."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from nitedr_ros.bags.channel import Channel, definition_from, qos_from_yaml
from nitedr_ros.bags.segments import Record, WholeFile
from nitedr_ros.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# Row ids tried one by one after a damaged one before the steps grow.
_SMALL_STEPS = 256
_LAST_ID = 2**62
# Where an SQLite file tells its length in pages (https://sqlite.org/fileformat2.html).
_PAGE_COUNT_AT = 28


class SqliteFile:
    """An open SQLite file of a bag.

    A sound file is read along its time index. Where pages are damaged or missing, the rows are
    walked through one by one and the readable ones used; `losses` tells what is missing.
    """

    def __init__(self, path: Path, losses: list[str]) -> None:
        """Open the file; lines about what is missing are appended to `losses`."""
        self._path = path
        self._losses = losses
        # immutable: a bag on a read-only disk can be read, and nothing is created beside it.
        self._db = sqlite3.connect(
            f'file:{quote(str(path.resolve()))}?mode=ro&immutable=1',
            uri=True,
            check_same_thread=False,
        )
        try:
            # Without this SQLite refuses a file that is shorter than its header says.
            self._db.execute('PRAGMA writable_schema=ON')
            self._channels = self._read_channels()
            self._indexed = self._has_time_index()
            self._check_unfinished()
            self._check_length()
            self._by_id: dict[int, int] = {}
            self._start_ns, self._end_ns = 2**63 - 1, 0
            self._count()
        except sqlite3.Error as error:
            self._db.close()
            raise InputError(
                f'{path}: expected a rosbag2 database, but it cannot be read ({error}): '
                'take another recording or repair it with `sqlite3 FILE .recover`'
            ) from error
        except BaseException:
            self._db.close()
            raise

    @property
    def counts(self) -> Mapping[Channel, int]:
        """Number of messages of each channel."""
        counts: dict[Channel, int] = {}
        for key, channel in self._channels.items():
            counts[channel] = counts.get(channel, 0) + self._by_id.get(key, 0)
        return counts

    @property
    def start_ns(self) -> int:
        """Time of receipt of the first message."""
        return self._start_ns

    @property
    def end_ns(self) -> int:
        """Time of receipt of the last message."""
        return self._end_ns

    def segments(self, topics: Collection[str]) -> Iterator[WholeFile]:
        """Return the file as one piece: SQLite itself reads it bit by bit."""
        wanted = {key: c for key, c in self._channels.items() if c.topic in topics}
        if any(self._by_id.get(key) for key in wanted):
            yield WholeFile(self.start_ns, lambda: self.read(wanted))

    def read(self, wanted: Mapping[int, Channel]) -> Iterator[Record]:
        """Yield the wanted messages by time of receipt, then by row id."""
        last = (-(2**63), 0)
        if self._indexed:
            query = (
                'SELECT timestamp, rowid, topic_id, data FROM messages'  # noqa: S608 - ids only
                f' WHERE topic_id IN ({",".join(map(str, wanted))}) ORDER BY timestamp, rowid'
            )
            try:
                for timestamp, row, topic, data in self._db.execute(query):
                    _check_types(timestamp, data)
                    yield Record(timestamp, wanted[topic], data)
                    last = (timestamp, row)
            except sqlite3.Error:
                self._indexed = False
            else:
                return
        yield from self._read_rows(wanted, last)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _read_rows(self, wanted: Mapping[int, Channel], last: tuple[int, int]) -> Iterator[Record]:
        """Read row by row: needs only time and id of each message in memory."""
        rows = sorted((t, row, topic) for row, topic, t in self._walk() if topic in wanted)
        lost = 0
        for timestamp, row, topic in rows:
            if (timestamp, row) <= last:
                continue
            try:
                found = self._db.execute('SELECT data FROM messages WHERE rowid=?', (row,))
                data = found.fetchone()[0]
                _check_types(timestamp, data)
            except (sqlite3.Error, TypeError):
                lost += 1
                continue
            yield Record(timestamp, wanted[topic], data)
        if lost:
            self._losses.append(
                f'{self._path.name}: messages of the topics read that are damaged and left out: '
                f'{lost}'
            )

    def _walk(self) -> Iterator[tuple[int, int, int]]:
        """Yield (row id, topic id, time) of all readable rows, stepping over damaged pages."""
        next_id, failures = 0, 0
        while next_id < _LAST_ID:
            try:
                for row, topic, timestamp in self._db.execute(
                    'SELECT rowid, topic_id, timestamp FROM messages NOT INDEXED'
                    ' WHERE rowid >= ? ORDER BY rowid',
                    (next_id,),
                ):
                    if isinstance(topic, int) and isinstance(timestamp, int):
                        yield row, topic, timestamp
                    next_id, failures = row + 1, 0
            except sqlite3.Error:
                failures += 1
                next_id += 1 if failures < _SMALL_STEPS else 2 ** (failures - _SMALL_STEPS)
            else:
                return

    def _count(self) -> None:
        try:
            groups = self._db.execute(
                'SELECT topic_id, COUNT(*), MIN(timestamp), MAX(timestamp) FROM messages'
                ' NOT INDEXED GROUP BY topic_id'
            ).fetchall()
        except sqlite3.Error:
            groups = [(None,) * 4]
        if not all(isinstance(value, int) for group in groups for value in group):
            self._indexed = False
            self._count_rows()
            return
        for topic, count, start, end in groups:
            self._by_id[topic] = count
            self._start_ns, self._end_ns = min(self._start_ns, start), max(self._end_ns, end)

    def _count_rows(self) -> None:
        for _, topic, timestamp in self._walk():
            self._by_id[topic] = self._by_id.get(topic, 0) + 1
            self._start_ns = min(self._start_ns, timestamp)
            self._end_ns = max(self._end_ns, timestamp)
        self._losses.append(
            f'{self._path.name}: the database is damaged: '
            f'messages that could be found: {sum(self._by_id.values())}'
        )

    def _read_channels(self) -> dict[int, Channel]:
        columns = {row[1] for row in self._db.execute('PRAGMA table_info(topics)')}
        if not columns or not self._db.execute('PRAGMA table_info(messages)').fetchall():
            raise InputError(
                f'{self._path}: expected a rosbag2 database with the tables topics and messages, '
                'found another SQLite file or one that is cut off: name a bag'
            )
        qos = 'offered_qos_profiles' if 'offered_qos_profiles' in columns else "''"
        definitions = self._read_definitions()
        channels: dict[int, Channel] = {}
        for key, *texts in self._db.execute(
            f'SELECT id, name, type, serialization_format, {qos} FROM topics'  # noqa: S608
        ):
            if not isinstance(key, int) or not all(isinstance(text, str) for text in texts):
                self._losses.append(f'{self._path.name}: topic {key} is damaged and left out')
                continue
            topic, msgtype, wire, profiles = texts
            definition = definition_from(*definitions.get(msgtype, ('', '')))
            channels[key] = Channel(topic, msgtype, wire, definition, qos_from_yaml(profiles))
        return channels

    def _read_definitions(self) -> dict[str, tuple[str, str]]:
        try:
            return {
                msgtype: (encoding, text)
                for msgtype, encoding, text in self._db.execute(
                    'SELECT topic_type, encoding, encoded_message_definition'
                    ' FROM message_definitions'
                )
                if isinstance(encoding, str) and isinstance(text, str)
            }
        except sqlite3.Error:
            # Bags before Iron have no such table; the standard types are known without it.
            return {}

    def _has_time_index(self) -> bool:
        names = self._db.execute(
            "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name='messages'"
        ).fetchall()
        first = [self._db.execute(f'PRAGMA index_info({name!r})').fetchone() for (name,) in names]
        return any(column is not None and column[2] == 'timestamp' for column in first)

    def _check_length(self) -> None:
        (size,) = self._db.execute('PRAGMA page_size').fetchone()
        with self._path.open('rb') as stream:
            stream.seek(_PAGE_COUNT_AT)
            promised = size * int.from_bytes(stream.read(4), 'big')
        found = self._path.stat().st_size
        if found < promised:
            self._losses.append(
                f'{self._path.name}: the file is cut off at byte {found} of {promised}: '
                'what can be found before that is used'
            )

    def _check_unfinished(self) -> None:
        for suffix in ('-wal', '-journal'):
            rest = self._path.with_name(self._path.name + suffix)
            if rest.exists() and rest.stat().st_size:
                self._losses.append(
                    f'{rest.name}: the recorder was stopped before it had written everything, '
                    'what is in this file is not used: '
                    f'run `sqlite3 {self._path.name} .tables` once to merge it'
                )


def _check_types(timestamp: object, data: object) -> None:
    if not isinstance(timestamp, int) or not isinstance(data, bytes):
        raise sqlite3.DatabaseError('a damaged row')
