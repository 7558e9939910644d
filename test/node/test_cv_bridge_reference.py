"""Images as this package decodes them, against cv_bridge, on real messages."""

from __future__ import annotations

import subprocess
import sys
from array import array
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from sensor_msgs.msg import CompressedImage, Image

from nitedr_ros.frames.convert import to_rgb8, to_single_channel
from nitedr_ros.frames.encodings import ENCODINGS, Encoding
from nitedr_ros.frames.message import frame_from_message

if TYPE_CHECKING:
    from cv_bridge import CvBridge

# cv_bridge knows these layouts by their older names only.
OLDER_NAMES = {'uyvy': 'yuv422', 'yuyv': 'yuv422_yuy2'}
# And these not at all.
UNKNOWN_TO_CV_BRIDGE = {'nv12', 'nv21'}
KNOWN = sorted(set(ENCODINGS) - UNKNOWN_TO_CV_BRIDGE)
# Of these it can tell no colour, so that it gives them only as they are.
COLOURLESS = {'8UC3', '8UC1', '16UC1', '32FC1'}

# Built against another NumPy, it may end the process when it converts.
_PROBE = """
from cv_bridge import CvBridge
from sensor_msgs.msg import Image
colour = Image(height=4, width=4, encoding='bgr8', step=12, data=bytes(48))
CvBridge().imgmsg_to_cv2(colour, 'rgb8')
deep = Image(height=4, width=4, encoding='mono16', step=8, is_bigendian=1, data=bytes(32))
CvBridge().imgmsg_to_cv2(deep)
"""


@pytest.fixture(scope='module')
def bridge() -> CvBridge:
    probe = subprocess.run(
        [sys.executable, '-c', _PROBE], capture_output=True, text=True, check=False
    )
    if probe.returncode:
        last = (probe.stderr.strip().splitlines() or ['it crashed'])[-1]
        pytest.skip(
            f'NOT TESTED: cv_bridge does not work with NumPy {np.__version__} here '
            f'(exit code {probe.returncode}): {last}'
        )
    from cv_bridge import CvBridge

    return CvBridge()


def random_message(
    encoding: Encoding, seed: int, size: tuple[int, int], padding: int, *, big: bool
) -> Image:
    """An image of random samples, with rows padded by so many pixels of random bytes."""
    height, width = size
    rng = np.random.default_rng(seed)
    step = encoding.row_bytes(width + padding)
    if encoding.kind == 'float':
        kelvin = rng.normal(300.0, 30.0, (height, width + padding))
        data = kelvin.astype('>f4' if big else '<f4').tobytes()
    else:
        data = rng.integers(0, 256, step * encoding.rows(height), np.uint8).tobytes()
    return Image(
        height=height,
        width=width,
        encoding=encoding.name,
        step=step,
        is_bigendian=int(big),
        data=array('B', data),
    )


def reference(bridge: CvBridge, message: Image, wanted: str) -> npt.NDArray[Any]:
    """What cv_bridge makes of a message."""
    known = Image(
        height=message.height,
        width=message.width,
        encoding=OLDER_NAMES.get(message.encoding, message.encoding),
        step=message.step,
        is_bigendian=message.is_bigendian,
        data=message.data,
    )
    return bridge.imgmsg_to_cv2(known, wanted)


def sizes(encoding: Encoding) -> st.SearchStrategy[tuple[int, int]]:
    """Heights and widths, odd ones too where the encoding can have them."""
    widths = st.integers(3, 40)
    return st.tuples(
        st.integers(3, 40), widths.map(lambda n: 2 * n) if encoding.kind == 'yuv422' else widths
    )


def byte_orders(encoding: Encoding) -> st.SearchStrategy[bool]:
    return st.booleans() if encoding.dtype.itemsize > 1 else st.just(False)


def distance(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> int:
    """Largest difference between two images of one size."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(np.int64) - other.astype(np.int64)).max())


def test_no_encoding_is_left_out() -> None:
    assert set(ENCODINGS) > UNKNOWN_TO_CV_BRIDGE
    assert set(KNOWN) > set(OLDER_NAMES) | COLOURLESS


@pytest.mark.parametrize('name', KNOWN)
@settings(max_examples=20, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32), padding=st.integers(0, 9))
def test_samples_lie_where_cv_bridge_finds_them(
    bridge: CvBridge, name: str, data: st.DataObject, seed: int, padding: int
) -> None:
    encoding = ENCODINGS[name]
    size, big = data.draw(sizes(encoding)), data.draw(byte_orders(encoding))
    message = random_message(encoding, seed, size, padding, big=big)
    expected = reference(bridge, message, 'passthrough')
    frame = frame_from_message(message)
    assert frame.data.dtype == expected.dtype
    np.testing.assert_array_equal(frame.data, expected)


@pytest.mark.parametrize('name', sorted(set(KNOWN) - COLOURLESS))
@settings(max_examples=20, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32), padding=st.integers(0, 9))
def test_colours_are_those_of_cv_bridge(
    bridge: CvBridge, name: str, data: st.DataObject, seed: int, padding: int
) -> None:
    encoding = ENCODINGS[name]
    size, big = data.draw(sizes(encoding)), data.draw(byte_orders(encoding))
    message = random_message(encoding, seed, size, padding, big=big)
    # 16 bits: cv_bridge divides by 257 and rounds, this package takes the top byte, and Bayer is
    # interpolated before that there, after it here. Otherwise both call OpenCV alike, at the
    # borders of Bayer images and for YUV too.
    tolerance = 1 if encoding.dtype == np.uint16 else 0
    result = to_rgb8(frame_from_message(message))
    assert result.dtype == np.uint8
    assert distance(result, reference(bridge, message, 'rgb8')) <= tolerance


@pytest.mark.parametrize(('name', 'known'), [('8UC3', 'bgr8'), ('8UC1', 'mono8')])
def test_numbers_without_a_meaning_are_taken_for_what_opencv_would_take_them(
    bridge: CvBridge, name: str, known: str
) -> None:
    message = random_message(ENCODINGS[name], 5, (31, 47), 3, big=False)
    result = to_rgb8(frame_from_message(message))
    message.encoding = known
    np.testing.assert_array_equal(result, reference(bridge, message, 'rgb8'))


@pytest.mark.parametrize('name', ['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', *OLDER_NAMES])
@settings(max_examples=20, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32), padding=st.integers(0, 9))
def test_grey_is_that_of_cv_bridge(
    bridge: CvBridge, name: str, data: st.DataObject, seed: int, padding: int
) -> None:
    message = random_message(
        ENCODINGS[name], seed, data.draw(sizes(ENCODINGS[name])), padding, big=False
    )
    result = to_single_channel(frame_from_message(message))
    np.testing.assert_array_equal(result, reference(bridge, message, 'mono8'))


@pytest.mark.parametrize('name', [name for name in KNOWN if name.startswith('bayer')])
def test_grey_of_bayer_is_that_of_cv_bridge_but_for_rounding(bridge: CvBridge, name: str) -> None:
    message = random_message(ENCODINGS[name], 11, (33, 45), 2, big=False)
    result = to_single_channel(frame_from_message(message))
    # Grey comes by way of rounded colours here, straight from the mosaic there.
    expected = reference(bridge, message, 'mono8')
    assert distance(result[1:-1, 1:-1], expected[1:-1, 1:-1]) <= 2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), height=st.integers(1, 40), width=st.integers(1, 40))
def test_big_endian_radiometry_is_read_as_cv_bridge_reads_it(
    bridge: CvBridge, seed: int, height: int, width: int
) -> None:
    counts = np.random.default_rng(seed).integers(0, 65536, (height, width)).astype(np.uint16)
    message = Image(
        height=height,
        width=width,
        encoding='mono16',
        step=2 * width,
        is_bigendian=1,
        data=array('B', counts.astype('>u2').tobytes()),
    )
    result = to_single_channel(frame_from_message(message))
    assert result.dtype == np.uint16
    assert result.dtype.isnative
    np.testing.assert_array_equal(result, counts)
    np.testing.assert_array_equal(result, bridge.imgmsg_to_cv2(message))


def compressed(image_format: str, suffix: str, picture: npt.NDArray[Any]) -> CompressedImage:
    content = cv2.imencode(suffix, picture)[1].tobytes()
    return CompressedImage(format=image_format, data=array('B', content))


PICTURE = np.random.default_rng(2).integers(0, 256, (41, 59, 3), np.uint8)


@pytest.mark.parametrize(
    ('image_format', 'suffix'),
    [
        ('jpeg', '.jpg'),
        ('png', '.png'),
        ('bgr8; jpeg compressed bgr8', '.jpg'),
        ('rgb8; jpeg compressed bgr8', '.jpg'),
        ('rgb8; png compressed bgr8', '.png'),
    ],
)
def test_compressed_colours_are_those_of_cv_bridge(
    bridge: CvBridge, image_format: str, suffix: str
) -> None:
    message = compressed(image_format, suffix, PICTURE)
    result = to_rgb8(frame_from_message(message))
    np.testing.assert_array_equal(result, bridge.compressed_imgmsg_to_cv2(message, 'rgb8'))


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_where_the_format_says_that_rgb_was_compressed_it_is_heeded(
    bridge: CvBridge, suffix: str
) -> None:
    name = {'.jpg': 'jpeg', '.png': 'png'}[suffix]
    message = compressed(f'rgb8; {name} compressed rgb8', suffix, PICTURE)
    # cv_bridge takes no notice of the format, and red for blue.
    result = to_rgb8(frame_from_message(message))
    np.testing.assert_array_equal(result, bridge.compressed_imgmsg_to_cv2(message, 'bgr8'))


@pytest.mark.parametrize(
    ('image_format', 'suffix', 'picture'),
    [
        ('mono8; jpeg compressed mono8', '.jpg', PICTURE[..., 0]),
        ('mono8; png compressed mono8', '.png', PICTURE[..., 0]),
        ('mono16; png compressed ', '.png', PICTURE[..., 0].astype(np.uint16) * 257),
        ('16UC1; png compressed ', '.png', PICTURE[..., 1].astype(np.uint16) * 200),
    ],
)
def test_compressed_single_channels_are_those_of_cv_bridge(
    bridge: CvBridge, image_format: str, suffix: str, picture: npt.NDArray[Any]
) -> None:
    message = compressed(image_format, suffix, np.ascontiguousarray(picture))
    result = to_single_channel(frame_from_message(message))
    assert result.dtype == picture.dtype
    np.testing.assert_array_equal(result, bridge.compressed_imgmsg_to_cv2(message))
