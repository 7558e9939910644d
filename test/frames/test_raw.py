from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.encodings import ENCODINGS
from nitedr_ros.frames.raw import frame_from_raw


@st.composite
def messages(draw: st.DrawFn) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """A message's fields and the samples that it was packed of, byte by byte."""
    layout = ENCODINGS[draw(st.sampled_from(sorted(ENCODINGS)))]
    height, width = draw(st.integers(2, 6)) * 2, draw(st.integers(2, 6)) * 2
    rows = layout.rows(height)
    shape = (rows, width, layout.channels) if layout.channels > 1 else (rows, width)
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    samples = generator.integers(0, 256, (*shape, layout.dtype.itemsize), np.uint8)
    samples = np.nan_to_num(samples.view(layout.dtype)[..., 0])
    big, padding = draw(st.booleans()), draw(st.integers(0, 7))
    step = layout.row_bytes(width) + padding
    packed = b''.join(
        row.astype(layout.dtype.newbyteorder('>' if big else '<')).tobytes() + b'\xaa' * padding
        for row in samples
    )
    if padding and draw(st.booleans()):
        packed = packed[:-padding]
    # An odd start, as a field may have in the bytes of a whole message.
    start = draw(st.integers(0, 3))
    fields = {
        'encoding': layout.name,
        'height': height,
        'width': width,
        'step': step,
        'data': memoryview(b'\xbb' * start + packed)[start:],
        'is_bigendian': big,
    }
    return fields, samples


@given(messages())
def test_samples_survive_padding_byte_order_and_alignment(
    message: tuple[dict[str, Any], np.ndarray[Any, Any]],
) -> None:
    fields, samples = message
    frame = frame_from_raw(7, 'camera', **fields)
    assert (frame.stamp_ns, frame.frame_id, frame.encoding) == (7, 'camera', fields['encoding'])
    assert (frame.height, frame.width) == (fields['height'], fields['width'])
    assert frame.data.dtype == samples.dtype
    assert frame.data.dtype.isnative
    assert frame.data.flags.aligned
    np.testing.assert_array_equal(frame.data, samples)


def raw(**changes: Any) -> dict[str, Any]:
    fields = {
        'encoding': 'bgr8',
        'height': 4,
        'width': 6,
        'step': 18,
        'data': bytes(72),
        'is_bigendian': False,
    }
    return fields | changes


@pytest.mark.parametrize(
    'fields',
    [
        raw(),
        raw(step=20, data=bytes(80)),
        raw(step=19, data=bytes(75)),
        raw(is_bigendian=True),
        raw(encoding='mono16', step=14, data=bytes(56)),
        raw(encoding='32FC1', step=24, data=bytes(96)),
        raw(encoding='nv12', step=8, data=bytes(48)),
    ],
)
def test_memory_is_shared_where_the_layout_allows(fields: dict[str, Any]) -> None:
    data = np.frombuffer(fields['data'], np.uint8)
    fields['data'] = data
    assert np.shares_memory(frame_from_raw(0, '', **fields).data, data)


@pytest.mark.parametrize(
    'fields',
    [
        raw(encoding='mono16', step=13, data=bytes(52)),
        raw(encoding='mono16', step=12, data=bytes(48), is_bigendian=True),
        raw(encoding='32FC1', step=24, data=bytes(96), is_bigendian=True),
    ],
)
def test_odd_steps_and_foreign_byte_order_are_copied(fields: dict[str, Any]) -> None:
    data = np.frombuffer(fields['data'], np.uint8)
    fields['data'] = data
    frame = frame_from_raw(0, '', **fields)
    assert not np.shares_memory(frame.data, data)
    assert frame.data.flags.c_contiguous


def test_more_data_than_rows_is_taken() -> None:
    frame = frame_from_raw(0, '', **raw(data=bytes(range(72)) + b'\xff' * 9))
    assert frame.data.tobytes() == bytes(range(72))


def test_the_step_of_a_single_row_may_be_anything() -> None:
    frame = frame_from_raw(0, '', **raw(height=1, step=2**32 - 1, data=bytes(range(18))))
    assert frame.data.tobytes() == bytes(range(18))


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (raw(encoding='rgb16'), "expected one of .*, got 'rgb16'; set"),
        (raw(step=17), 'expected a step of at least 18 bytes, got 17; check'),
        (raw(step=0), 'expected a step of at least 18 bytes, got 0; check'),
        (raw(step=-18), 'expected a step of at least 18 bytes, got -18; check'),
        (raw(data=bytes(71)), 'expected at least 72 bytes of data, got 71; the message'),
        (raw(data=b''), 'expected at least 72 bytes of data, got 0; the message'),
        (raw(step=2**32 - 1), 'expected at least [0-9]+ bytes of data, got 72; the message'),
        (raw(height=2**32 - 1), 'expected at least [0-9]+ bytes of data, got 72; the message'),
        (raw(height=0), 'expected at least 1 pixel each way, got 6x0; check'),
        (raw(width=0), 'expected at least 1 pixel each way, got 0x4; check'),
        (raw(encoding='uyvy', width=5), 'expected an even width, got 5x4; check'),
        (raw(encoding='nv21', height=3), 'expected an even width and height, got 6x3; check'),
        (raw(encoding='nv12', step=6, data=bytes(35)), 'at least 36 bytes of data, got 35; the'),
        (raw(data=[0] * 72), 'expected a contiguous buffer of bytes, got list; pass'),
    ],
)
def test_refusals_say_what_was_expected_and_what_came(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(FrameError, match=message) as caught:
        frame_from_raw(0, '', **fields)
    assert '\n' not in str(caught.value)


@given(
    st.sampled_from([*ENCODINGS, 'nonsense']),
    st.integers(-1, 2**32),
    st.integers(-1, 2**32),
    st.integers(-1, 2**32),
    st.binary(max_size=64),
    st.booleans(),
)
def test_wild_fields_give_a_frame_or_a_frame_error(
    encoding: str, height: int, width: int, step: int, data: bytes, big: bool
) -> None:
    try:
        frame = frame_from_raw(0, '', encoding, height, width, step, data, big)
    except FrameError as error:
        frame, refusal = None, str(error)
    else:
        refusal = ''
    assert '\n' not in refusal
    if frame is not None:
        assert frame.data.nbytes <= len(data)
