"""What a bag says about one topic: name, message type, definition and quality of service."""

from __future__ import annotations

from dataclasses import dataclass, field

from rosbags.interfaces import MessageDefinition, MessageDefinitionFormat, Qos
from rosbags.rosbag2.metadata import parse_qos

NO_DEFINITION = MessageDefinition(MessageDefinitionFormat.NONE, '')


@dataclass(frozen=True)
class Channel:
    """A topic as it was recorded.

    topic: name, e.g. '/camera/image_raw'.
    msgtype: ROS 2 name of the message type, e.g. 'sensor_msgs/msg/Image'.
    wire: how messages are serialised: 'cdr' (ROS 2) or 'ros1'; others can be listed, not decoded.
    definition: text of the message definition from the bag; empty where the bag holds none.
    qos: profiles the publishers offered; empty where the bag does not say.
    """

    topic: str
    msgtype: str
    wire: str = 'cdr'
    definition: MessageDefinition = NO_DEFINITION
    qos: tuple[Qos, ...] = field(default=(), compare=False)


def qos_from_yaml(text: str) -> tuple[Qos, ...]:
    """Read the profiles that rosbag2 stores as YAML; unreadable ones count as none."""
    try:
        return tuple(parse_qos(text))
    except Exception:  # noqa: BLE001 - a foreign text, needed only for playing back
        return ()


def definition_from(encoding: str, text: str) -> MessageDefinition:
    """Take over a definition under its rosbag2 encoding name ('ros2msg', 'ros2idl', 'ros1msg')."""
    if not text:
        return NO_DEFINITION
    if encoding in {'ros2idl', 'omgidl'}:
        return MessageDefinition(MessageDefinitionFormat.IDL, text)
    return MessageDefinition(MessageDefinitionFormat.MSG, text)
