"""Messages of any type go from one bag into another."""

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_types_from_msg

from nitedr_ros.bags.channel import Channel
from nitedr_ros.bags.message import BagMessage
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.errors import FrameError


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_custom_types_are_copied_with_their_definition(bags, tmp_path, storage):
    definition = '# mine\nfloat32[2] gains\nstd_msgs/Header header\n'
    bags.types.register(get_types_from_msg(definition, 'my_msgs/msg/Gain'))
    kind = bags.types.types['my_msgs/msg/Gain']
    message = kind(np.array([1, 2], np.float32), bags.image(3).header)
    raw = bags.types.serialize_cdr(message, 'my_msgs/msg/Gain')
    with Writer(bags.folder / 'in', version=9, storage_plugin=StoragePlugin.MCAP) as source:
        connection = source.add_connection(
            '/gain', 'my_msgs/msg/Gain', msgdef=definition, rihs01='RIHS01_x'
        )
        source.write(connection, 5, raw)
    with BagReader(bags.folder / 'in') as reader, BagWriter(tmp_path / 'out', storage) as writer:
        for item in reader.messages(['/gain']):
            writer.write_raw(item.topic, item.msgtype, item.cdr(), item.receive_ns, item.channel)
    with BagReader(tmp_path / 'out') as reader:
        (copy,) = reader.messages(['/gain'])
    assert copy.raw == raw
    assert copy.channel.definition.data == definition
    assert copy.decode().gains.tolist() == [1, 2]


def test_ros1_messages_are_copied_as_ros2(bags, tmp_path):
    topics = ['/own', '/visible/image_raw']
    with BagReader(bags.ros1()) as reader, BagWriter(tmp_path / 'out') as writer:
        for item in reader.messages(topics):
            writer.write_raw(item.topic, item.msgtype, item.cdr(), item.receive_ns, item.channel)
    with AnyReader([tmp_path / 'out']) as reader:
        found = {c.topic: reader.deserialize(raw, c.msgtype) for c, _, raw in reader.messages()}
    assert found['/own'].values.tolist() == [1.0, 2.0]
    np.testing.assert_array_equal(found['/visible/image_raw'].data, bags.pixels(8, 256))
    with BagReader(tmp_path / 'out') as reader:
        own, images = sorted(reader.channels(topics), key=lambda channel: channel.topic)
    assert own.qos[0].durability is QosDurability.TRANSIENT_LOCAL
    assert images.qos[0].durability is QosDurability.VOLATILE
    assert 'seq' not in own.definition.data


def test_ros1_types_that_changed_are_not_copied_as_something_else():
    marker = Channel('/marks', 'visualization_msgs/msg/Marker', 'ros1')
    with pytest.raises(FrameError, match='differs in ROS 1 and ROS 2'):
        BagMessage(marker, 0, b'').cdr()
