"""Bags as pieces that are read one after the other, so that memory does not grow with the bag."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from nitedr_ros.bags.channel import Channel


class Record(NamedTuple):
    """A message before it is known whether anyone wants it: time of receipt, channel, bytes."""

    receive_ns: int
    channel: Channel
    raw: bytes


class Segment(Protocol):
    """A piece of a bag that can be read on its own."""

    @property
    def start_ns(self) -> int:
        """No message of the segment was received before this time."""

    def records(self) -> Iterator[Record]:
        """Yield the messages by time of receipt; damage is reported as a loss, not raised."""


@dataclass(frozen=True)
class WholeFile:
    """A file that is read from end to end as one segment.

    start_ns: time of receipt of its first message. read: starts reading, by time of receipt.
    """

    start_ns: int
    read: Callable[[], Iterator[Record]]

    def records(self) -> Iterator[Record]:
        """Yield the messages by time of receipt."""
        return self.read()


class StorageFile(Protocol):
    """An open file of a bag."""

    @property
    def counts(self) -> Mapping[Channel, int]:
        """Number of messages of each channel."""

    @property
    def start_ns(self) -> int:
        """Time of receipt of the first message."""

    @property
    def end_ns(self) -> int:
        """Time of receipt of the last message."""

    def segments(self, topics: Collection[str]) -> Iterable[Segment]:
        """Return the pieces that hold messages of these topics."""

    def close(self) -> None:
        """Close the file."""


def merge(segments: Iterable[Segment]) -> Iterator[Record]:
    """Yield the messages of all segments by time of receipt.

    A segment is opened when its time comes and dropped when it ends: in memory are only those
    segments that overlap in time. A time that runs back, as damage makes it, counts as the time
    of the message before.
    """
    latest_ns = 0
    waiting = sorted(segments, key=lambda segment: segment.start_ns)
    waiting.reverse()
    opened = len(waiting)
    active: list[tuple[int, int, Record, Iterator[Record]]] = []
    while waiting or active:
        while waiting and (not active or waiting[-1].start_ns <= active[0][0]):
            records = waiting.pop().records()
            order = opened - len(waiting)
            first = next(records, None)
            if first is not None:
                heapq.heappush(active, (first.receive_ns, order, first, records))
        if not active:
            return
        _, order, record, records = active[0]
        latest_ns = max(latest_ns, record.receive_ns)
        yield record._replace(receive_ns=latest_ns)
        following = next(records, None)
        if following is None:
            heapq.heappop(active)
        else:
            heapq.heapreplace(active, (following.receive_ns, order, following, records))
