"""Message types: how raw messages become typed ones, and which definitions a new bag carries.

The store is that of ROS 2 Jazzy. For every type this package writes (Image, CompressedImage,
CameraInfo, TimeReference, TFMessage, DiagnosticArray) Humble and Jazzy have the same fields in
the same order, hence the same bytes and the same type hash, so both read the bags; a test
compares the two stores.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rosbags.interfaces import MessageDefinitionFormat, Nodetype
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from nitedr_ros.errors import FrameError

if TYPE_CHECKING:
    from rosbags.interfaces import MessageDefinition
    from rosbags.interfaces.typing import FieldDesc, Typesdict
    from rosbags.typesys.store import Typestore

    from nitedr_ros.bags.channel import Channel

# Type hash of a type whose definition is unknown; rosbag2 stores it but does not compare it.
UNKNOWN_HASH = 'RIHS01_' + '0' * 64

_HEADER = 'std_msgs/msg/Header'
_IDL_SEPARATOR = '=' * 80 + '\n'


@cache
def ros2_types() -> Typestore:
    """Return the store of the ROS 2 types that every bag is read and written with."""
    return get_typestore(Stores.ROS2_JAZZY)


@cache
def _ros1_types() -> Typestore:
    return get_typestore(Stores.ROS1_NOETIC)


def to_cdr(channel: Channel, raw: bytes) -> bytes | memoryview:
    """Convert a raw message to CDR, the serialisation of ROS 2; CDR itself passes through.

    Raises FrameError for other serialisations, damaged messages and types whose ROS 1 fields
    are not those of ROS 2.
    """
    if channel.wire == 'cdr':
        return raw
    if channel.wire != 'ros1':
        raise FrameError(f'{channel.topic}: expected cdr or ros1 messages, got {channel.wire!r}')
    if not _converts(channel.msgtype):
        raise FrameError(f'{channel.topic}: {channel.msgtype} differs in ROS 1 and ROS 2')
    try:
        # The ROS 2 types serve here: rosbags skips the Header.seq that only ROS 1 has.
        return _store(channel).ros1_to_cdr(raw, channel.msgtype)
    except Exception as error:
        raise FrameError(_unreadable(channel, error)) from error


def decode(channel: Channel, raw: bytes) -> object:
    """Deserialise a raw message into a typed message with the ROS 2 field names.

    Arrays of numbers are views of `raw`, not copies. Raises FrameError.
    """
    cdr = to_cdr(channel, raw)
    try:
        return _store(channel).deserialize_cdr(cdr, channel.msgtype)
    except Exception as error:
        raise FrameError(_unreadable(channel, error)) from error


def output_definition(channel: Channel) -> tuple[str, str]:
    """Return the definition text and type hash under which a new bag records this channel.

    A ROS 2 definition is taken over letter for letter. Raises FrameError where neither the bag
    nor the standard types define the type.
    """
    try:
        store = _store(channel)
        digest = store.hash_rihs01(channel.msgtype)
        text, _ = store.generate_msgdef(channel.msgtype, ros_version=2)
    except Exception as error:
        if channel.wire != 'cdr' or not channel.definition.data:
            raise FrameError(_unreadable(channel, error)) from error
        return channel.definition.data, UNKNOWN_HASH
    if channel.wire == 'cdr' and channel.definition.data:
        return channel.definition.data, digest
    return text, digest


def _unreadable(channel: Channel, error: Exception) -> str:
    reason = ' '.join(str(error).split()) or type(error).__name__
    return f'{channel.topic}: a {channel.msgtype} message cannot be read: {reason[:200]}'


def _store(channel: Channel) -> Typestore:
    if channel.msgtype in ros2_types().fielddefs:
        return ros2_types()
    return _custom_store(channel.msgtype, channel.definition)


@cache
def _custom_store(msgtype: str, definition: MessageDefinition) -> Typestore:
    """Standard types plus one custom type; one store each, as packages may disagree on names."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types = _parse(msgtype, definition)
    store.register({name: t for name, t in types.items() if name not in store.fielddefs})
    if msgtype not in store.fielddefs:
        raise FrameError('the bag holds no definition of this type')
    return store


def _parse(msgtype: str, definition: MessageDefinition) -> Typesdict:
    if definition.format is MessageDefinitionFormat.NONE:
        return {}
    if definition.format is MessageDefinitionFormat.MSG:
        return get_types_from_msg(definition.data, msgtype)
    types: Typesdict = {}
    text = definition.data
    if text.startswith(f'{_IDL_SEPARATOR}IDL: '):
        for part in text.split(_IDL_SEPARATOR)[1:]:
            types.update(get_types_from_idl(part.partition('\n')[2]))
        return types
    return get_types_from_idl(text)


@cache
def _converts(msgtype: str) -> bool:
    """Tell whether ROS 1 and ROS 2 lay this type out alike (but for Header.seq)."""
    old, new = _ros1_types().fielddefs.get(msgtype), ros2_types().fielddefs.get(msgtype)
    if msgtype == _HEADER or old is None or new is None:
        return True
    old_fields = [(name.lower(), field) for name, field in old[1]]
    new_fields = [(name.lower(), field) for name, field in new[1]]
    return old_fields == new_fields and all(
        _converts(nested) for _, field in new[1] if (nested := _nested(field))
    )


def _nested(field: FieldDesc) -> str | None:
    """Return the name of the message type in a field, a single one or an array of them."""
    kind = field[1]
    if field[0] in {Nodetype.ARRAY, Nodetype.SEQUENCE}:
        kind = field[1][0][1]
    return kind if isinstance(kind, str) else None
