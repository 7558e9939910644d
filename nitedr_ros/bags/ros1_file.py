"""ROS 1 bags (.bag, format 2.0), read with the rosbags library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag1,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag1 import Reader

from nitedr_ros.bags.channel import Channel
from nitedr_ros.bags.segments import Record, WholeFile
from nitedr_ros.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

# How ROS 2 says what a latched ROS 1 topic does: late subscribers get the last message.
_FOREVER = QosTime(9223372036, 854775807)
_LATCHED = Qos(
    QosHistory.KEEP_LAST,
    1,
    QosReliability.RELIABLE,
    QosDurability.TRANSIENT_LOCAL,
    _FOREVER,
    _FOREVER,
    QosLiveliness.AUTOMATIC,
    _FOREVER,
    avoid_ros_namespace_conventions=False,
)


class Ros1File:
    """An open ROS 1 bag; one without an index (.bag.active, a cut off file) is refused."""

    def __init__(self, path: Path, losses: list[str]) -> None:
        """Open the file; lines about what is missing are appended to `losses`."""
        self._path = path
        self._losses = losses
        self._reader = Reader(path)
        try:
            self._reader.open()
        except OSError:
            raise
        except Exception as error:
            reason = ' '.join(str(error).split()) or type(error).__name__
            raise InputError(
                f'{path}: expected a complete ROS 1 bag, found one that cannot be read '
                f'({reason}): run `rosbag reindex` on it'
            ) from error
        self._channels = {c.id: _channel(c) for c in self._reader.connections}

    @property
    def counts(self) -> Mapping[Channel, int]:
        """Number of messages of each channel."""
        counts: dict[Channel, int] = {}
        for connection in self._reader.connections:
            channel = self._channels[connection.id]
            counts[channel] = counts.get(channel, 0) + connection.msgcount
        return counts

    @property
    def start_ns(self) -> int:
        """Time of receipt of the first message."""
        return self._reader.start_time

    @property
    def end_ns(self) -> int:
        """Time of receipt of the last message."""
        return self._reader.end_time - 1

    def segments(self, topics: Collection[str]) -> Iterator[WholeFile]:
        """Return the file as one piece: rosbags itself reads it chunk by chunk."""
        wanted = [c for c in self._reader.connections if c.topic in topics and c.msgcount]
        if wanted:
            yield WholeFile(self.start_ns, lambda: self.read(wanted))

    def read(self, wanted: Collection[Connection]) -> Iterator[Record]:
        """Yield the messages of these connections by time of receipt, up to any damage."""
        count = 0
        try:
            for connection, receive_ns, raw in self._reader.messages(wanted):
                yield Record(receive_ns, self._channels[connection.id], raw)
                count += 1
        except Exception as error:  # noqa: BLE001 - rosbags checks with assert, struct and more
            rest = sum(c.msgcount for c in wanted) - count
            reason = ' '.join(str(error).split()) or type(error).__name__
            self._losses.append(
                f'{self._path.name}: damaged after {count} messages of the topics read, '
                f'{rest} are left out: {reason}'
            )

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _channel(connection: Connection) -> Channel:
    latched = isinstance(connection.ext, ConnectionExtRosbag1) and connection.ext.latching
    return Channel(
        connection.topic,
        connection.msgtype,
        'ros1',
        connection.msgdef,
        (_LATCHED,) if latched else (),
    )
