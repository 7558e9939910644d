"""One message as it lies in a bag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.bags import typestore

if TYPE_CHECKING:
    from nitedr_ros.bags.channel import Channel


@dataclass(frozen=True, eq=False)
class BagMessage:
    """A raw message and what is needed to read it.

    channel: the topic it was recorded on.
    receive_ns: when the recorder got it, nanoseconds since the epoch; not the stamp of the header.
    raw: the serialised message, decompressed, in the serialisation `channel.wire`.
    """

    channel: Channel
    receive_ns: int
    raw: bytes

    @property
    def topic(self) -> str:
        """Name of the topic."""
        return self.channel.topic

    @property
    def msgtype(self) -> str:
        """ROS 2 name of the message type."""
        return self.channel.msgtype

    def decode(self) -> object:
        """Deserialise; number arrays are views of `raw`. Raises FrameError."""
        return typestore.decode(self.channel, self.raw)

    def cdr(self) -> bytes | memoryview:
        """Return the message in the serialisation of ROS 2. Raises FrameError."""
        return typestore.to_cdr(self.channel, self.raw)
