"""Segments are merged by time of receipt, whatever their times say."""

from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.bags.channel import Channel
from nitedr_ros.bags.segments import Record, WholeFile, merge

CHANNEL = Channel('/image', 'sensor_msgs/msg/Image')
times = st.lists(st.integers(0, 50), max_size=12)


def segment(start_ns, receive_times):
    records = [Record(time, CHANNEL, b'%d' % time) for time in receive_times]
    return WholeFile(start_ns, lambda: iter(records))


@given(st.lists(times.map(sorted), max_size=6))
def test_sound_segments_come_out_sorted_and_as_they_were(parts):
    segments = [segment(part[0] if part else 0, part) for part in parts]
    found = [record.receive_ns for record in merge(segments)]
    assert found == sorted(time for part in parts for time in part)


@given(st.lists(st.tuples(st.integers(0, 50), times), max_size=6))
def test_wrong_times_lose_nothing_and_never_run_back(parts):
    found = list(merge(segment(start, part) for start, part in parts))
    received = [record.receive_ns for record in found]
    assert received == sorted(received)
    assert sorted(int(record.raw) for record in found) == sorted(
        time for _, part in parts for time in part
    )
