import gc
import os
import resource
import shutil
import subprocess
import tracemalloc
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
import yaml
from mcap.reader import make_reader
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability, QosReliability

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.errors import FrameError, OutputError

IMAGE = 'sensor_msgs/msg/Image'
STORAGES = ['mcap', 'sqlite3']
# rosbags does not close a database whose tables it could not create.
ROSBAGS_LEAK = 'ignore:unclosed database:ResourceWarning'


def image(number, size=(4, 64)):
    return image_message(number, 'optical', 'mono8', np.full(size, number % 256, np.uint8))


def write(path, count=3, storage='mcap', size=(4, 64), **options):
    with BagWriter(path, storage, **options) as writer:
        for number in range(count):
            writer.write('/fused', image(number, size), 1000 + number)


def write_and_fail(path, error, storage='mcap', **options):
    with BagWriter(path, storage, **options) as writer:
        writer.write('/fused', image(7, (1000, 3000)), 1)
        raise error


def stamps(path):
    with BagReader(path) as reader:
        assert reader.losses == []
        return [m.decode().header.stamp.nanosec for m in reader.messages(['/fused'])]


@pytest.mark.parametrize('storage', STORAGES)
def test_a_bag_is_read_back_by_rosbags(tmp_path, storage):
    write(tmp_path / 'out', storage=storage)
    assert [p.name for p in tmp_path.iterdir()] == ['out']
    assert (tmp_path / 'out').stat().st_mode & 0o777 == 0o755
    with AnyReader([tmp_path / 'out']) as reader:
        found = [
            (c.topic, c.msgtype, t, reader.deserialize(r, c.msgtype))
            for c, t, r in reader.messages()
        ]
    assert [f[:3] for f in found] == [('/fused', IMAGE, 1000 + n) for n in range(3)]
    assert [f[3].data.max() for f in found] == [0, 1, 2]
    assert stamps(tmp_path / 'out') == [0, 1, 2]


def test_an_mcap_bag_is_read_back_by_the_mcap_package(tmp_path):
    write(tmp_path / 'out', count=50, size=(100, 1000))
    with (tmp_path / 'out' / 'out.mcap').open('rb') as stream:
        reader = make_reader(stream, validate_crcs=True)
        summary = reader.get_summary()
        found = list(reader.iter_messages(log_time_order=True))
        assert reader.get_header().profile == 'ros2'
    assert summary.statistics.message_count == len(found) == 50
    assert len(summary.chunk_indexes) > 3
    assert [message.log_time for _, _, message in found] == list(range(1000, 1050))
    schema, channel, _ = found[0]
    assert (schema.name, schema.encoding, channel.message_encoding) == (IMAGE, 'ros2msg', 'cdr')


@pytest.mark.parametrize('storage', STORAGES)
def test_metadata_is_what_humble_understands(tmp_path, storage):
    write(tmp_path / 'out', storage=storage)
    text = (tmp_path / 'out' / 'metadata.yaml').read_text()
    information = yaml.safe_load(text)['rosbag2_bagfile_information']
    assert information['version'] == 8
    assert information['storage_identifier'] == storage
    assert information['custom_data'] == {'producer': 'nitedr_ros'}
    (topic,) = information['topics_with_message_count']
    qos = topic['topic_metadata']['offered_qos_profiles']
    assert isinstance(qos, str)
    with BagReader(tmp_path / 'out') as reader:
        (channel,) = reader.channels(['/fused'])
    (profile,) = channel.qos
    assert profile.reliability is QosReliability.RELIABLE
    assert profile.durability is QosDurability.VOLATILE


@pytest.mark.parametrize('storage', STORAGES)
def test_latched_topics_are_offered_to_late_subscribers_too(tmp_path, storage):
    with BagWriter(tmp_path / 'out', storage) as writer:
        writer.write('/still', image(1), 1, latched=True)
        writer.write('/still', image(2), 2, latched=True)
        writer.write('/moving', image(1), 1)
    with BagReader(tmp_path / 'out') as reader:
        profiles = {c.topic: c.qos[0] for c in reader.channels(['/still', '/moving'])}
        assert reader.message_count == 3
    assert profiles['/still'].durability is QosDurability.TRANSIENT_LOCAL
    assert profiles['/still'].reliability is QosReliability.RELIABLE
    assert profiles['/still'].depth == 1
    assert profiles['/moving'].durability is QosDurability.VOLATILE


@pytest.mark.parametrize('storage', STORAGES)
def test_memory_does_not_grow_with_the_bag(tmp_path, storage):
    tracemalloc.start()
    try:
        write(tmp_path / 'out', count=60, storage=storage, size=(480, 1000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(f.stat().st_size for f in (tmp_path / 'out').iterdir()) > 28_000_000
    assert peak < 10_000_000


def test_files_put_into_the_folder_come_along(tmp_path):
    with BagWriter(tmp_path / 'out') as writer:
        writer.write('/fused', image(1), 1)
        (writer.folder / 'report.json').write_text('{}')
        assert not (tmp_path / 'out').exists()
        assert writer.path == tmp_path / 'out'
    assert (tmp_path / 'out' / 'report.json').read_text() == '{}'


@pytest.mark.parametrize('storage', STORAGES)
@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt, SystemExit, OutputError])
def test_an_interrupted_bag_leaves_nothing(tmp_path, storage, error):
    with pytest.raises(error):
        write_and_fail(tmp_path / 'out', error, storage)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_at_any_system_call_leaves_nothing_or_a_whole_bag(tmp_path, monkeypatch):
    calls = {'left': -1}

    def interrupting(function):
        def call(*args, **kwargs):
            calls['left'] -= 1
            if calls['left'] == 0:
                raise KeyboardInterrupt
            return function(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ('rename', 'fsync', 'mkdir'):
            patch.setattr(os, name, interrupting(getattr(os, name)))
        for step in range(1, 30):
            folder = tmp_path / str(step)
            calls['left'] = -1
            folder.mkdir()
            write(folder / 'out', count=1)
            calls['left'] = step
            try:
                write(folder / 'out', count=2, force=True)
            except KeyboardInterrupt:
                pass
            else:
                assert calls['left'] > 0
                break
            finally:
                calls['left'] = -1
            assert [p.name for p in folder.iterdir()] == ['out']
            assert stamps(folder / 'out') in ([0], [0, 1])
        else:
            pytest.fail('no run came through')
    assert step > 5


def test_an_existing_bag_is_kept_without_force(tmp_path):
    write(tmp_path / 'out')
    with pytest.raises(OutputError, match=r'exists already: .* --force'):
        BagWriter(tmp_path / 'out')
    assert stamps(tmp_path / 'out') == [0, 1, 2]


def test_force_replaces_a_bag_only_in_the_end(tmp_path):
    write(tmp_path / 'out', count=1)
    with BagWriter(tmp_path / 'out', force=True) as writer:
        writer.write('/fused', image(7), 1)
        assert stamps(tmp_path / 'out') == [0]
    assert stamps(tmp_path / 'out') == [7]
    assert [p.name for p in tmp_path.iterdir()] == ['out']


def test_force_keeps_the_old_bag_when_the_job_fails(tmp_path):
    write(tmp_path / 'out', count=1)
    with pytest.raises(ValueError, match='no'):
        write_and_fail(tmp_path / 'out', ValueError('no'), force=True)
    assert stamps(tmp_path / 'out') == [0]
    assert [p.name for p in tmp_path.iterdir()] == ['out']


def test_force_replaces_nothing_but_bags(tmp_path):
    (tmp_path / 'home').mkdir()
    (tmp_path / 'home' / 'precious').write_text('x')
    (tmp_path / 'file').write_text('x')
    write(tmp_path / 'real')
    (tmp_path / 'link').symlink_to(tmp_path / 'real')
    (tmp_path / 'dangling').symlink_to(tmp_path / 'nowhere')
    for name in ('home', 'file', 'link', 'dangling'):
        with pytest.raises(OutputError, match='replaces bag folders only'):
            BagWriter(tmp_path / name, force=True)
    assert (tmp_path / 'home' / 'precious').exists()


def test_the_input_is_never_replaced(tmp_path):
    write(tmp_path / 'bag')
    (tmp_path / 'link').symlink_to(tmp_path / 'bag')
    for source in ('bag', 'bag/bag.mcap', 'link', 'bag/../bag'):
        with pytest.raises(OutputError, match='that of the input'):
            BagWriter(tmp_path / 'bag', force=True, input_path=tmp_path / source)
    with pytest.raises(OutputError, match='outside the input bag'):
        BagWriter(tmp_path / 'bag' / 'out', input_path=tmp_path / 'bag')


def test_a_folder_that_appears_meanwhile_is_kept(tmp_path):
    with ExitStack() as stack:
        writer = stack.enter_context(BagWriter(tmp_path / 'out'))
        writer.write('/fused', image(7), 1)
        (tmp_path / 'out').mkdir()
        (tmp_path / 'out' / 'mine').write_text('x')
        with pytest.raises(OutputError, match='exists already'):
            stack.close()
    assert [p.name for p in tmp_path.rglob('*')] == ['out', 'mine']


@pytest.mark.parametrize('name', ['missing/out', 'file/out', '/'])
def test_a_place_that_is_none_is_refused(tmp_path, name):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(OutputError, match='expected a folder to create in an existing one'):
        BagWriter(tmp_path / name)


def test_paths_with_marks_of_uris(tmp_path):
    write(tmp_path / 'a #1%41? b')
    assert stamps(tmp_path / 'a #1%41? b') == [0, 1, 2]
    with pytest.raises(OutputError, match=r'without \?, # and %'):
        BagWriter(tmp_path / 'a#b', 'sqlite3')


@contextmanager
def file_size_limit(size):
    """Let the kernel refuse to write further, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.filterwarnings(ROSBAGS_LEAK)
@pytest.mark.parametrize('storage', STORAGES)
@pytest.mark.parametrize('size', [0, 100, 10_000, 1_100_000, 3_000_000])
def test_a_disk_that_refuses_leaves_nothing(tmp_path, storage, size):
    with (
        file_size_limit(size),
        pytest.raises(OutputError, match=r'cannot be written \(.+\): make room') as caught,
    ):
        write(tmp_path / 'out', count=40, storage=storage, size=(100, 1000))
    assert '\n' not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    del caught
    gc.collect()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MiB."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    mount = shutil.which('mount')
    command = [mount or 'mount', '-t', 'tmpfs', '-o', 'size=2m', 'none', str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip('mounting is not allowed here')
    yield disk
    subprocess.run(['umount', str(disk)], check=True)


@pytest.mark.filterwarnings(ROSBAGS_LEAK)
@pytest.mark.parametrize('storage', STORAGES)
def test_a_full_disk_leaves_nothing(small_disk, storage):
    with pytest.raises(OutputError, match=r'No space left|disk is full|disk I/O error'):
        write(small_disk / 'out', count=40, storage=storage, size=(100, 1000))
    assert list(small_disk.iterdir()) == []
    # The traceback of the failure still holds SQLite's cursor, and this the deleted file.
    gc.collect()
    write(small_disk / 'out', count=4, storage=storage, size=(100, 1000))
    assert stamps(small_disk / 'out') == [0, 1, 2, 3]


def test_a_full_disk_is_told_for_added_files_too(tmp_path):
    def add(writer):
        with writer.refusals():
            raise OSError(28, 'No space left on device')

    with pytest.raises(OutputError, match='No space left'), BagWriter(tmp_path / 'out') as writer:
        add(writer)
    assert list(tmp_path.iterdir()) == []


def test_a_type_that_nobody_defines_is_a_frame_error_and_the_bag_goes_on(tmp_path):
    with BagWriter(tmp_path / 'out') as writer:
        with pytest.raises(FrameError, match='no definition'):
            writer.write_raw('/odd', 'odd_msgs/msg/Odd', b'\0\1\0\0', 1, None)
        writer.write('/fused', image(4), 1)
    assert stamps(tmp_path / 'out') == [4]


def test_a_writer_outside_its_block_is_a_mistake(tmp_path):
    writer = BagWriter(tmp_path / 'out')
    with pytest.raises(RuntimeError, match='with block'):
        writer.write('/fused', image(1), 1)
