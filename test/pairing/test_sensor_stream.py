from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.frames.frame import Frame
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.sensor_stream import HeldFrame, SensorStream


def frame(stamp_ns: int) -> Frame:
    return Frame(stamp_ns, 'camera', 'mono8', np.zeros((1, 1), np.uint8), 1, 1)


@pytest.fixture
def stream() -> SensorStream:
    stream = SensorStream(offset_ns=0, clock_jump_ns=1000)
    for k in range(4):
        stream.admit(frame(10_000 + 100 * k), k)
    return stream


@pytest.mark.parametrize(
    ('stamp_ns', 'reason'),
    [
        (0, DropReason.UNSTAMPED),
        (-5, DropReason.UNSTAMPED),
        (10_300, DropReason.DUPLICATE_STAMP),
        (10_299, DropReason.OUT_OF_ORDER),
        (9_301, DropReason.OUT_OF_ORDER),
    ],
)
def test_unsound_frames_change_nothing(stream, stamp_ns, reason):
    assert stream.admit(frame(stamp_ns), 9) is reason
    assert (stream.latest_ns, stream.latest_arrival_ns) == (10_300, 3)
    assert (stream.segment, stream.restarts, stream.period.known) == (0, 0, True)


@pytest.mark.parametrize(('stamp_ns', 'restarts'), [(9_300, 1), (11_300, 0), (10**18, 0)])
def test_a_jump_begins_a_segment_and_forgets_the_period(stream, stamp_ns, restarts):
    held = stream.admit(frame(stamp_ns), 9)
    assert isinstance(held, HeldFrame)
    assert (held.segment, held.key_ns, stream.restarts) == (1, stamp_ns, restarts)
    assert not stream.period.known


def test_a_jump_of_nothing_still_tells_duplicates():
    stream = SensorStream(offset_ns=0, clock_jump_ns=0)
    stream.admit(frame(5), 0)
    assert stream.admit(frame(5), 1) is DropReason.DUPLICATE_STAMP


def test_the_offset_is_part_of_the_key():
    held = SensorStream(offset_ns=-30, clock_jump_ns=1000).admit(frame(20), 0)
    assert isinstance(held, HeldFrame)
    assert held.key_ns == -10


def test_the_next_frame_is_half_a_period_away_at_least(stream):
    assert stream.earliest_next_ns() == 10_350
    assert SensorStream(0, 1000).earliest_next_ns() is None
