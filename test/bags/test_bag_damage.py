"""Bags as a power cut or a bad disk leaves them."""

import shutil
import sqlite3
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.writer import CompressionType
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from nitedr_ros.bags.reader import BagReader
from nitedr_ros.errors import FrameError, InputError

VISIBLE, THERMAL = '/visible/image_raw', '/thermal/image_raw'
MS = 1_000_000
COUNT = 40
EACH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FORMATS = ['mcap', 'mcap-zstd', 'mcap-lz4', 'mcap-flat', 'mcap-bare', 'db3', 'bag']


def write(bags, kind):
    """Write 40 messages and return the file."""
    if kind == 'db3':
        return bags.ros2('bag', StoragePlugin.SQLITE3, frames=COUNT // 2, width=600) / 'bag.db3'
    if kind == 'bag':
        return bags.ros1(frames=COUNT // 2)
    compressions = {'mcap-zstd': CompressionType.ZSTD, 'mcap-lz4': CompressionType.LZ4}
    return bags.mcap(
        compressions.get(kind, CompressionType.NONE),
        frames=COUNT // 2,
        use_chunking=kind not in {'mcap-flat', 'mcap-bare'},
        indexed=kind != 'mcap-bare',
    )


def salvage(bags, path):
    """Read what can be read: the numbers of the good images, how many are bad, the losses."""
    numbers, bad, times = [], 0, []
    with BagReader(path) as reader:
        for message in reader.messages([VISIBLE, THERMAL]):
            times.append(message.receive_ns)
            try:
                image = message.decode()
            except FrameError:
                bad += 1
                continue
            number = image.header.stamp.sec
            numbers.append(number)
            known = 0 <= number < COUNT
            bad += not known or (image.data != bags.pixels(number, image.data.size)).any()
    assert times == sorted(times)
    return numbers, bad, reader.losses


@pytest.mark.parametrize('kind', FORMATS)
@EACH
@given(data=st.data())
def test_a_cut_off_file_is_read_up_to_the_cut(bags, kind, data):
    whole = bags.folder / f'whole-{kind}'
    if not whole.exists():
        shutil.move(write(bags, kind), whole)
    content = whole.read_bytes()
    size = data.draw(st.integers(0, len(content) - 1))
    path = bags.folder / 'cut'
    path.write_bytes(content[:size])
    try:
        numbers, bad, losses = salvage(bags, path)
    except InputError as error:
        numbers, bad, losses = [], 0, [str(error)]
    # SQLite fills a page that is cut through with zeros, which may be in an image.
    assert bad <= (kind == 'db3')
    assert numbers == sorted(set(numbers))
    assert losses or (len(numbers) == COUNT and not bad)
    assert all('\n' not in loss for loss in losses)


@pytest.mark.parametrize('kind', FORMATS)
@EACH
@given(data=st.data())
def test_overwritten_bytes_never_break_the_reading(bags, kind, data):
    whole = bags.folder / f'whole-{kind}'
    if not whole.exists():
        shutil.move(write(bags, kind), whole)
    content = bytearray(whole.read_bytes())
    begin = data.draw(st.integers(16, len(content) - 1))
    rubbish = data.draw(st.one_of(st.binary(min_size=1, max_size=64), st.just(bytes(4096))))
    content[begin : begin + len(rubbish)] = rubbish
    path = bags.folder / 'damaged'
    path.write_bytes(content)
    try:
        numbers, _, losses = salvage(bags, path)
    except InputError as error:
        numbers, losses = [], [str(error)]
    assert len(numbers) <= COUNT
    assert all('\n' not in loss for loss in losses)


def chunk_indexes(path):
    with path.open('rb') as stream:
        return make_reader(stream).get_summary().chunk_indexes


@pytest.mark.parametrize('shift_ms', [-100, 400])
def test_wrong_times_in_the_index_lose_nothing(bags, shift_ms):
    path = write(bags, 'mcap')
    content = path.read_bytes()
    third = chunk_indexes(path)[2]
    told = struct.pack(
        '<QQQ', third.message_start_time, third.message_end_time, third.chunk_start_offset
    )
    assert content.count(told) == 1
    wrong = struct.pack('<Q', third.message_start_time + shift_ms * MS)
    path.write_bytes(content.replace(told, wrong + told[8:]))
    assert salvage(bags, path) == (list(range(COUNT)), 0, [])


@pytest.mark.parametrize('kind', ['mcap', 'mcap-zstd', 'mcap-lz4', 'mcap-flat', 'db3'])
def test_half_a_file_gives_about_half_the_messages(bags, kind):
    path = write(bags, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    numbers, bad, losses = salvage(bags, path)
    assert numbers == list(range(len(numbers)))
    assert bad == 0
    assert COUNT // 4 < len(numbers) < 3 * COUNT // 4
    assert any('breaks off' in loss or 'cut off' in loss for loss in losses)


def test_a_file_padded_with_zeros_is_read_up_to_them(bags):
    path = write(bags, 'mcap')
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) // 2))
    numbers, bad, losses = salvage(bags, path)
    assert numbers == list(range(len(numbers)))
    assert bad == 0
    assert numbers
    assert losses


@pytest.mark.parametrize('kind', ['mcap', 'mcap-zstd', 'mcap-lz4'])
def test_a_damaged_chunk_costs_only_itself(bags, kind):
    path = write(bags, kind)
    content = bytearray(path.read_bytes())
    at = content.index(bags.pixels(20, 256)[100:120].tobytes())
    content[at : at + 8] = b'\xff' * 8
    path.write_bytes(content)
    numbers, bad, losses = salvage(bags, path)
    assert COUNT - 8 <= len(numbers) < COUNT
    assert bad == 0
    assert len(losses) == 1
    assert 'damaged part' in losses[0]


def test_a_damaged_page_costs_only_its_messages(bags):
    path = write(bags, 'db3')
    content = bytearray(path.read_bytes())
    with BagReader(path) as reader:
        raws = [message.raw for message in reader.messages([VISIBLE, THERMAL])]
    # The first leaf page of the table, found by the start of a message: all zeros.
    page = content.find(raws[20][:40]) // 4096 * 4096
    content[page : page + 4096] = bytes(4096)
    path.write_bytes(content)
    numbers, bad, losses = salvage(bags, path)
    assert COUNT // 2 < len(numbers) < COUNT
    assert {0, COUNT - 1} <= set(numbers)
    assert bad == 0
    assert losses


def test_a_file_compressed_bag_that_breaks_off_is_read_up_to_there(bags):
    folder = bags.ros2('bag', StoragePlugin.MCAP, CompressionMode.FILE, frames=10, width=100_000)
    (path,) = folder.glob('*.zstd')
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with BagReader(folder) as reader:
        assert 0 < len(list(reader.messages([VISIBLE, THERMAL]))) < 20
        assert any('compressed file' in loss for loss in reader.losses)


@pytest.mark.parametrize('content', [None, '', 'rosbag2_bagfile_information: 3', '\t:::', 'a: b'])
def test_without_usable_metadata_the_files_are_read_in_their_order(bags, content):
    folder = bags.ros2('bag_9', frames=1)
    later = bags.ros2('bag_10', frames=1, start=2)
    shutil.move(later / 'bag_10.mcap', folder / 'bag_10.mcap')
    metadata = folder / 'metadata.yaml'
    metadata.unlink() if content is None else metadata.write_text(content)
    numbers, _, losses = salvage(bags, folder)
    assert numbers == [0, 1, 2, 3]
    what = 'missing' if content is None else 'damaged'
    assert losses == [f'metadata.yaml is {what}: the files of the folder are read in their order']


def test_a_missing_or_broken_file_of_several_is_a_loss(bags):
    folder = bags.ros2('bag', frames=1)
    metadata = folder / 'metadata.yaml'
    text = metadata.read_text().replace(
        '  relative_file_paths:\n', '  relative_file_paths:\n  - gone.mcap\n  - broken.mcap\n'
    )
    metadata.write_text(text)
    (folder / 'broken.mcap').write_bytes(b'rubbish')
    numbers, _, losses = salvage(bags, folder)
    assert numbers == [0, 1]
    assert len(losses) == 2
    assert 'gone.mcap: named in metadata.yaml but missing' in losses
    assert any('broken.mcap: expected a bag file' in loss for loss in losses)


def test_fewer_messages_than_promised_are_a_loss(bags):
    folder = bags.ros2('bag', frames=1)
    metadata = folder / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace('message_count: 2\n', 'message_count: 9\n'))
    assert salvage(bags, folder)[2] == ['metadata.yaml promises 9 messages, 2 were found']


def test_an_unfinished_write_ahead_log_is_a_loss(bags):
    folder = bags.ros2('bag', StoragePlugin.SQLITE3)
    db = sqlite3.connect(folder / 'bag.db3')
    db.execute('PRAGMA journal_mode=WAL')
    db.execute('DELETE FROM messages WHERE id = 1')
    db.commit()
    shutil.copytree(folder, bags.folder / 'copy')
    db.close()
    numbers, _, losses = salvage(bags, bags.folder / 'copy')
    assert len(numbers) == 10
    assert len(losses) == 1
    assert losses[0].startswith('bag.db3-wal: the recorder was stopped')
    assert not (bags.folder / 'copy' / 'bag.db3-journal').exists()


def test_a_ros1_bag_without_index_is_refused_with_advice(bags):
    path = write(bags, 'bag')
    content = path.read_bytes()
    at = content.index(b'index_pos=') + len(b'index_pos=')
    path.write_bytes(content[:at] + bytes(8) + content[at + 8 :])
    with pytest.raises(InputError, match=r'not indexed.*rosbag reindex'):
        BagReader(path).__enter__()
