"""Messages of outputs hold the very bytes of the images, and cost no more than copying them."""

from __future__ import annotations

import time
from array import array
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo as CameraInfoMessage
from sensor_msgs.msg import Image

from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest
from nitedr_ros.node.messages import (
    CameraInfoFiller,
    ImageFiller,
    compressed_message,
    diagnostics_message,
    time_message,
)
from nitedr_ros.pipeline.status import ERROR, OK, STALE, WARN, Status

STAMP_NS = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)


def image(encoding: str, height: int = 37, width: int = 53) -> npt.NDArray[Any]:
    """A random image of one of the encodings that go out."""
    if encoding == 'rgb8':
        return RNG.integers(0, 256, (height, width, 3), np.uint8)
    if encoding == '32FC1':
        kelvin = RNG.normal(300.0, 20.0, (height, width)).astype(np.float32)
        kelvin[0, 0] = np.nan
        return kelvin
    return RNG.integers(0, 256, (height, width)).astype(
        np.uint8 if encoding == 'mono8' else np.uint16
    ) * (1 if encoding == 'mono8' else 251)


@pytest.fixture(params=['', '1'], ids=['unchecked', 'checked'], autouse=True)
def check_fields(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ROS_PYTHON_CHECK_FIELDS says; by it messages keep arrays or copies of them."""
    monkeypatch.setattr(
        'sensor_msgs.msg._image.ros_python_check_fields', request.param, raising=False
    )


ENCODINGS = ('rgb8', 'mono8', 'mono16', '32FC1')


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_an_image_comes_through_byte_for_byte(encoding: str) -> None:
    sent = image(encoding)
    message = ImageFiller().fill(STAMP_NS, 'visible_optical_frame', sent)
    received = deserialize_message(serialize_message(message), Image)
    assert received.encoding == encoding
    assert (received.height, received.width) == (37, 53)
    assert received.step == 53 * sent.dtype.itemsize * (3 if encoding == 'rgb8' else 1)
    assert received.is_bigendian == 0
    assert received.header.frame_id == 'visible_optical_frame'
    assert (received.header.stamp.sec, received.header.stamp.nanosec) == (
        1_700_000_000,
        123_456_789,
    )
    assert bytes(received.data) == sent.tobytes()
    frame = frame_from_message(received)
    assert frame.stamp_ns == STAMP_NS
    np.testing.assert_array_equal(frame.data, sent)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_views_that_are_not_contiguous_come_through_too(encoding: str) -> None:
    whole = image(encoding, 40, 60)
    view = whole[1:38, 3:56][::-1]
    message = ImageFiller().fill(STAMP_NS, '', view)
    assert bytes(message.data) == view.tobytes()


def test_memory_serves_again_as_long_as_the_size_stays() -> None:
    filler = ImageFiller()
    first = filler.fill(STAMP_NS, 'a', image('rgb8'))
    memory = first.data
    assert type(memory) is array
    assert memory.typecode == 'B'
    sent = image('rgb8')
    second = filler.fill(STAMP_NS + 1, 'b', sent)
    assert second is first
    assert second.data is memory
    assert bytes(memory) == sent.tobytes()
    assert (second.header.stamp.nanosec, second.header.frame_id) == (123_456_790, 'b')


@pytest.mark.parametrize(
    'sizes', [[(37, 53), (20, 30), (64, 80)], [(20, 30), (30, 20)], [(16, 16), (8, 32)]]
)
def test_other_sizes_get_other_memory(sizes: list[tuple[int, int]]) -> None:
    filler = ImageFiller()
    for height, width in sizes:
        sent = image('rgb8', height, width)
        message = filler.fill(STAMP_NS, '', sent)
        assert (message.height, message.width, message.step) == (height, width, 3 * width)
        assert type(message.data) is array
        assert bytes(message.data) == sent.tobytes()


def test_the_encoding_may_change_with_the_size_in_bytes_the_same() -> None:
    filler = ImageFiller()
    for encoding, width in (('mono8', 80), ('mono16', 40), ('32FC1', 20), ('mono8', 80)):
        sent = image(encoding, 12, width)
        message = filler.fill(STAMP_NS, '', sent)
        assert (message.encoding, message.width, message.step) == (encoding, width, 80)
        assert bytes(message.data) == sent.tobytes()


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_filling_costs_no_more_than_a_few_copies(encoding: str) -> None:
    sent = image(encoding, 1080, 1920)
    memory = np.empty_like(sent)
    filler = ImageFiller()
    filler.fill(STAMP_NS, '', sent)
    filling, copying = [], []
    for number in range(15):
        start = time.perf_counter()
        filler.fill(STAMP_NS + number, 'visible_optical_frame', sent)
        middle = time.perf_counter()
        np.copyto(memory, sent)
        filling.append(middle - start)
        copying.append(time.perf_counter() - middle)
    # A step for each element, as rclpy takes for lists and NumPy arrays, is some hundred copies.
    assert median(filling) < 20 * median(copying)


@pytest.mark.parametrize(
    ('stamp_ns', 'sec', 'nanosec'), [(0, 0, 0), (1, 0, 1), (1_999_999_999, 1, 999_999_999)]
)
def test_stamps_are_split_into_seconds_and_nanoseconds(
    stamp_ns: int, sec: int, nanosec: int
) -> None:
    message = time_message(stamp_ns)
    assert (message.sec, message.nanosec) == (sec, nanosec)


def smooth(*, colour: bool) -> npt.NDArray[np.uint8]:
    """A picture without the edges that JPEG smears, different in all channels."""
    y, x = np.mgrid[0:48, 0:64].astype(np.float64)
    planes = [120 + 100 * np.sin(x / 20), 120 + 100 * np.cos(y / 15), 40 + 2 * x]
    return np.dstack(planes).astype(np.uint8) if colour else planes[0].astype(np.uint8)


@pytest.mark.parametrize(
    ('colour', 'image_format'),
    [(True, 'rgb8; jpeg compressed bgr8'), (False, 'mono8; jpeg compressed mono8')],
)
def test_a_compressed_image_can_be_decoded(colour: bool, image_format: str) -> None:
    sent = smooth(colour=colour)
    message = compressed_message(STAMP_NS, 'visible_optical_frame', sent, 95)
    assert message.format == image_format
    assert type(message.data) is array
    assert message.header.frame_id == 'visible_optical_frame'
    frame = frame_from_message(message)
    assert (frame.stamp_ns, frame.height, frame.width) == (STAMP_NS, 48, 64)
    decoded = to_rgb8(frame) if colour else frame.data
    difference = np.abs(decoded.astype(int) - sent)
    assert difference.mean() < 2.0
    assert difference.max() < 16


def test_a_lower_quality_takes_less_room() -> None:
    sent = image('rgb8', 120, 160)
    sizes = [len(compressed_message(STAMP_NS, '', sent, quality).data) for quality in (95, 50, 10)]
    assert sizes == sorted(sizes, reverse=True)
    assert cv2.imdecode(
        np.frombuffer(compressed_message(STAMP_NS, '', sent, 10).data, np.uint8), cv2.IMREAD_COLOR
    ).shape == (120, 160, 3)


CALIBRATION = CameraInfo(
    width=640,
    height=480,
    distortion_model='plumb_bob',
    d=(-0.3, 0.1, 0.001, -0.002, 0.0),
    k=(500.0, 0.0, 320.0, 0.0, 501.0, 240.0, 0.0, 0.0, 1.0),
    r=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    p=(480.0, 0.0, 321.0, 0.0, 0.0, 481.0, 241.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    binning_x=2,
    binning_y=1,
    roi=RegionOfInterest(x_offset=8, y_offset=4, height=400, width=600, do_rectify=True),
)


def test_a_calibration_comes_through_whole() -> None:
    message = CameraInfoFiller().fill(STAMP_NS, 'visible_optical_frame', CALIBRATION, 480, 640)
    received = deserialize_message(serialize_message(message), CameraInfoMessage)
    assert (received.height, received.width) == (480, 640)
    assert received.distortion_model == 'plumb_bob'
    for name in ('d', 'k', 'r', 'p'):
        assert tuple(getattr(received, name)) == getattr(CALIBRATION, name)
    assert (received.binning_x, received.binning_y) == (2, 1)
    roi = received.roi
    assert (roi.x_offset, roi.y_offset, roi.height, roi.width, roi.do_rectify) == (
        8,
        4,
        400,
        600,
        True,
    )
    assert received.header.frame_id == 'visible_optical_frame'
    assert received.header.stamp == time_message(STAMP_NS)


def test_without_a_calibration_all_but_the_size_is_zero() -> None:
    message = CameraInfoFiller().fill(STAMP_NS, 'visible_optical_frame', None, 120, 160)
    assert (message.height, message.width) == (120, 160)
    assert list(message.d) == []
    assert message.distortion_model == ''
    for name in ('k', 'r', 'p'):
        assert not np.any(getattr(message, name))


def test_a_calibration_is_written_once_and_stamped_every_time() -> None:
    filler = CameraInfoFiller()
    first = filler.fill(STAMP_NS, 'a', CALIBRATION, 480, 640)
    second = filler.fill(STAMP_NS + 1, 'b', CALIBRATION, 480, 640)
    assert second is first
    assert (second.header.stamp, second.header.frame_id) == (time_message(STAMP_NS + 1), 'b')
    other = filler.fill(STAMP_NS + 2, 'b', None, 240, 320)
    assert (other.height, other.width, other.k[0]) == (240, 320, 0.0)
    smaller = filler.fill(STAMP_NS + 3, 'b', None, 120, 160)
    assert (smaller.height, smaller.width) == (120, 160)


def test_statuses_become_a_diagnostic_array() -> None:
    statuses = [
        Status(OK, 'nitedr: frame', 'full', 'nitedr', {'mode': 'full', 'skew_ms': '1.5'}),
        *(Status(level, 'b', '') for level in (WARN, ERROR, STALE)),
    ]
    message = diagnostics_message(STAMP_NS, statuses)
    assert message.header.stamp == time_message(STAMP_NS)
    first, *others = message.status
    assert (first.name, first.message, first.hardware_id) == ('nitedr: frame', 'full', 'nitedr')
    assert {item.key: item.value for item in first.values} == statuses[0].values
    assert [status.level for status in message.status] == [
        DiagnosticStatus.OK,
        DiagnosticStatus.WARN,
        DiagnosticStatus.ERROR,
        DiagnosticStatus.STALE,
    ]
    assert all(status.values == [] for status in others)
