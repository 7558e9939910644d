import shutil
import sqlite3
import tracemalloc

import numpy as np
import pytest
import yaml
from mcap.writer import CompressionType
from rosbags.interfaces import QosDurability
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionMode, StoragePlugin, Writer

from nitedr_ros.bags.reader import BagReader, TopicInfo
from nitedr_ros.errors import FrameError, InputError

IMAGE = 'sensor_msgs/msg/Image'
VISIBLE, THERMAL = '/visible/image_raw', '/thermal/image_raw'
MS = 1_000_000

FORMATS = [
    (StoragePlugin.SQLITE3, CompressionMode.NONE),
    (StoragePlugin.SQLITE3, CompressionMode.FILE),
    (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
    (StoragePlugin.MCAP, CompressionMode.NONE),
    (StoragePlugin.MCAP, CompressionMode.FILE),
    (StoragePlugin.MCAP, CompressionMode.MESSAGE),
    (StoragePlugin.MCAP, CompressionMode.STORAGE),
]


def read(path, topics=(VISIBLE, THERMAL)):
    with BagReader(path) as reader:
        return list(reader.messages(topics)), reader.losses


def check_whole(bags, path, wire='cdr'):
    """Read a bag of five frames for each camera and compare everything."""
    with BagReader(path) as reader:
        assert {TopicInfo(VISIBLE, IMAGE, 5), TopicInfo(THERMAL, IMAGE, 5)} <= set(reader.topics)
        assert (reader.start_ns, reader.end_ns) == (0, 450 * MS)
        messages = list(reader.messages([VISIBLE, THERMAL]))
        assert reader.losses == []
    assert [m.receive_ns for m in messages] == [i * 50 * MS for i in range(10)]
    assert [m.topic for m in messages] == [VISIBLE, THERMAL] * 5
    for number, message in enumerate(messages):
        assert message.channel.wire == wire
        image = message.decode()
        assert (image.header.stamp.sec, image.header.frame_id) == (number, 'camera')
        assert not hasattr(image.header, 'seq')
        np.testing.assert_array_equal(image.data, bags.pixels(number, 256))


@pytest.mark.parametrize(('plugin', 'compression'), FORMATS)
def test_every_ros2_format_gives_the_same_messages(bags, plugin, compression):
    check_whole(bags, bags.ros2('bag', plugin, compression))


@pytest.mark.parametrize('compression', list(CompressionType))
@pytest.mark.parametrize('use_chunking', [True, False])
@pytest.mark.parametrize('indexed', [True, False])
def test_every_layout_of_mcap_gives_the_same_messages(bags, compression, use_chunking, indexed):
    check_whole(bags, bags.mcap(compression, use_chunking=use_chunking, indexed=indexed))


@pytest.mark.parametrize('compression', [None, *Ros1Writer.CompressionFormat])
def test_ros1_bags_give_ros2_messages(bags, compression):
    check_whole(bags, bags.ros1('bag.bag', compression), wire='ros1')


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_a_bare_file_is_read_whatever_its_name(bags, tmp_path, plugin):
    folder = bags.ros2('bag', plugin)
    (file,) = (f for f in folder.iterdir() if f.suffix in {'.mcap', '.db3'})
    check_whole(bags, file)
    odd = tmp_path / 'a #%41? name'
    shutil.copy(file, odd)
    check_whole(bags, odd)


def test_split_files_are_merged_by_time(bags):
    # The third overlaps the first: the order is that of time, not of the files.
    whole = bags.ros2('whole', frames=1)
    names = []
    for number, start in enumerate((0, 4, 2)):
        part = bags.ros2(f'part{number}', frames=1, start=start)
        names.append(f'whole_{number}.mcap')
        shutil.move(part / f'part{number}.mcap', whole / names[-1])
    (whole / 'whole.mcap').unlink()
    metadata = yaml.safe_load((whole / 'metadata.yaml').read_text())
    metadata['rosbag2_bagfile_information']['relative_file_paths'] = names
    (whole / 'metadata.yaml').write_text(yaml.safe_dump(metadata))
    messages, losses = read(whole)
    assert [m.decode().header.stamp.sec for m in messages] == [0, 1, 2, 3, 4, 5]
    assert losses == []


def test_topics_recorded_one_after_the_other_come_in_order_of_time(bags):
    path = bags.folder / 'bag'
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for offset, topic in enumerate((VISIBLE, THERMAL)):
            connection = writer.add_connection(topic, IMAGE, typestore=bags.types)
            for i in range(offset, 40, 2):
                raw = bags.types.serialize_cdr(bags.image(i, 100_000), IMAGE)
                writer.write(connection, i, raw)
    messages, _ = read(path)
    assert [m.receive_ns for m in messages] == list(range(40))


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_messages_of_the_same_instant_all_come(bags, plugin):
    path = bags.folder / 'bag'
    with Writer(path, version=9, storage_plugin=plugin) as writer:
        connection = writer.add_connection(VISIBLE, IMAGE, typestore=bags.types)
        for i in range(30):
            raw = bags.types.serialize_cdr(bags.image(i, 20_000), IMAGE)
            writer.write(connection, 5, raw)
    messages, _ = read(path)
    assert [m.decode().header.stamp.sec for m in messages] == list(range(30))


@pytest.mark.parametrize('plugin', list(StoragePlugin))
def test_memory_does_not_grow_with_the_bag(bags, plugin):
    path = bags.ros2('bag', plugin, frames=40, width=100_000)  # 80 messages of 0.4 MB
    tracemalloc.start()
    try:
        with BagReader(path) as reader:
            count = sum(1 for _ in reader.messages([VISIBLE, THERMAL]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 80
    assert peak < 10_000_000


def test_sqlite_sorts_along_its_index(bags):
    path = bags.ros2('bag', StoragePlugin.SQLITE3)
    query = 'SELECT data FROM messages WHERE topic_id IN (1,2) ORDER BY timestamp, rowid'
    db = sqlite3.connect(path / 'bag.db3')
    plan = ' '.join(row[3] for row in db.execute(f'EXPLAIN QUERY PLAN {query}'))
    db.close()
    assert 'timestamp_idx' in plan
    assert 'TEMP B-TREE' not in plan


def test_sqlite_without_time_index_is_read_in_order(bags):
    path = bags.ros2('bag', StoragePlugin.SQLITE3)
    db = sqlite3.connect(path / 'bag.db3')
    db.execute('DROP INDEX timestamp_idx')
    db.execute('UPDATE messages SET timestamp = 1000 - id')
    db.commit()
    db.close()
    messages, losses = read(path)
    assert [m.receive_ns for m in messages] == list(range(990, 1000))
    assert losses == []


def test_unknown_types_on_other_topics_do_no_harm(bags):
    path = bags.ros2('bag', StoragePlugin.SQLITE3)
    db = sqlite3.connect(path / 'bag.db3')
    db.execute("INSERT INTO topics VALUES(3, '/odd', 'odd_msgs/msg/Odd', 'cdr', '', '')")
    db.execute("INSERT INTO messages VALUES(99, 3, 7, X'00010000')")
    db.commit()
    db.close()
    messages, losses = read(path)
    assert len(messages) == 10
    assert losses == []
    (odd,) = read(path, ['/odd'])[0]
    with pytest.raises(FrameError, match=r'/odd: a odd_msgs/msg/Odd message cannot be read'):
        odd.decode()


@pytest.mark.parametrize(
    'raw', [b'', b'\0\1', b'\0\1\0\0\7', b'(\xb5/\xfdbroken', bytes(range(99))]
)
def test_a_message_that_is_no_image_raises_frame_error(bags, raw):
    path = bags.folder / 'bag'
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        writer.write(writer.add_connection(VISIBLE, IMAGE, typestore=bags.types), 1, raw)
    (message,) = read(path)[0]
    with pytest.raises(FrameError, match=VISIBLE):
        message.decode()


def test_ros1_custom_type_is_converted_with_its_definition(bags):
    path = bags.ros1()
    (message,) = read(path, ['/own'])[0]
    decoded = message.decode()
    assert decoded.values.tolist() == [1.0, 2.0]
    assert decoded.header.frame_id == 'camera'
    assert message.cdr()[:4] == b'\0\1\0\0'
    (qos,) = message.channel.qos
    assert qos.durability is QosDurability.TRANSIENT_LOCAL


def test_decoding_does_not_copy_pixels(bags):
    messages, _ = read(bags.ros2())
    assert messages[0].decode().data.base is not None
    assert not messages[0].decode().data.flags.writeable


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('missing', None, 'found nothing: check the path'),
        ('empty.mcap', b'', 'found an empty file'),
        ('notes.txt', b'these are no messages', 'found another kind of file: name a bag'),
        ('x.db3', b'SQLite format 3\0' + bytes(84), 'expected a rosbag2 database, but'),
        ('x.bag', b'#ROSBAG V2.0\nrubbish', 'run `rosbag reindex` on it'),
        ('old.bag', b'#ROSBAG V1.1\n', 'expected a complete ROS 1 bag'),
        ('x.mcap', b'\x89MCAP0\r\n', 'expected a bag with messages, found none'),
        ('x.zstd', b'(\xb5/\xfdrubbish', 'found an empty file'),
    ],
)
def test_what_is_no_bag_is_refused_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught, BagReader(path):
        pass
    assert message in str(caught.value)
    assert name in str(caught.value)
    assert '\n' not in str(caught.value)


def test_empty_folder_and_empty_bag_are_refused(bags, tmp_path):
    (tmp_path / 'empty').mkdir()
    with (
        pytest.raises(InputError, match=r'expected a bag folder .* found none'),
        BagReader(tmp_path / 'empty'),
    ):
        pass
    for plugin in StoragePlugin:
        path = bags.ros2(f'none{plugin.name}', plugin, frames=0)
        with pytest.raises(InputError, match='expected a bag with messages'), BagReader(path):
            pass


@pytest.mark.parametrize('where', ['folder', 'file'])
def test_no_right_to_read_is_an_input_error(bags, monkeypatch, where):
    path = bags.ros2()

    def refuse(*args, **kwargs):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(f'pathlib.Path.{"iterdir" if where == "folder" else "open"}', refuse)
    with pytest.raises(InputError, match=r'Permission denied.*right to read it') as caught:
        BagReader(path).__enter__()
    assert '\n' not in str(caught.value)


def test_no_room_to_unpack_is_an_input_error(bags, monkeypatch):
    path = bags.ros2('bag', StoragePlugin.MCAP, CompressionMode.FILE)
    (file,) = path.glob('*.zstd')

    class _Decompressor:
        eof = False

        def decompressobj(self):
            return self

        def decompress(self, block):
            raise OSError(28, 'No space left on device')

    monkeypatch.setattr('nitedr_ros.bags.storage.zstandard.ZstdDecompressor', _Decompressor)
    with pytest.raises(InputError, match=r'No space left on device.*TMPDIR'):
        BagReader(file).__enter__()
