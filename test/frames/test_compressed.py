from __future__ import annotations

import zlib
from array import array
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.compressed import frame_from_compressed
from nitedr_ros.frames.convert import to_rgb8

RNG = np.random.default_rng(0)
# Red on the left and blue on the right, so that swapped channels can't pass.
RGB = np.zeros((24, 40, 3), np.uint8)
RGB[:, :20] = 200, 40, 20
RGB[:, 20:] = 20, 60, 220
BGR = np.ascontiguousarray(RGB[..., ::-1])
GREY = RNG.integers(0, 256, (24, 40), np.uint8)
DEEP = RNG.integers(0, 65536, (24, 40), np.uint16)


def encoded(extension: str, image: npt.NDArray[Any]) -> bytes:
    return cv2.imencode(extension, image)[1].tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body).to_bytes(4, 'big')
    return len(body).to_bytes(4, 'big') + name + body + checksum


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG of 8-bit grey whose checksums are right, whatever its pixels are."""
    size = width.to_bytes(4, 'big') + height.to_bytes(4, 'big')
    header = chunk(b'IHDR', size + bytes([8, 0, 0, 0, 0]))
    return b'\x89PNG\r\n\x1a\n' + header + chunk(b'IDAT', pixels) + chunk(b'IEND', b'')


@pytest.mark.parametrize(
    ('image_format', 'extension', 'image', 'encoding'),
    [
        ('bgr8; png compressed bgr8', '.png', BGR, 'bgr8'),
        ('rgb8; png compressed bgr8', '.png', BGR, 'bgr8'),
        ('rgb8; png compressed rgb8', '.png', RGB, 'rgb8'),
        ('bgr8; png compressed rgb8', '.png', RGB, 'rgb8'),
        ('png', '.png', BGR, 'bgr8'),
        ('', '.png', BGR, 'bgr8'),
        ('bgra8; png compressed bgr8', '.png', np.dstack([BGR, GREY]), 'bgra8'),
        ('mono8; png compressed ', '.png', GREY, 'mono8'),
        ('8UC1; png compressed ', '.png', GREY, '8UC1'),
        ('png', '.png', GREY, 'mono8'),
        ('mono16; png compressed ', '.png', DEEP, 'mono16'),
        ('mono16; png compressed mono16', '.png', DEEP, 'mono16'),
        ('16UC1; png compressed ', '.png', DEEP, '16UC1'),
        ('png', '.png', DEEP, 'mono16'),
        ('mono8; png compressed ', '.png', DEEP, 'mono16'),
        ('bayer_rggb8; png compressed ', '.png', GREY, 'bayer_rggb8'),
        ('bayer_gbrg16; png compressed ', '.png', DEEP, 'bayer_gbrg16'),
    ],
)
def test_png_keeps_every_sample(
    image_format: str, extension: str, image: npt.NDArray[Any], encoding: str
) -> None:
    frame = frame_from_compressed(5, 'camera', image_format, encoded(extension, image))
    assert (frame.stamp_ns, frame.frame_id, frame.encoding) == (5, 'camera', encoding)
    assert (frame.height, frame.width) == (24, 40)
    assert frame.data.dtype == image.dtype
    np.testing.assert_array_equal(frame.data, image)


@pytest.mark.parametrize(
    ('image_format', 'image'),
    [
        ('bgr8; jpeg compressed bgr8', BGR),
        ('rgb8; jpeg compressed bgr8', BGR),
        ('rgb8; jpeg compressed rgb8', RGB),
        ('jpeg', BGR),
        ('jpg', BGR),
        ('png', BGR),
        ('bayer_rggb8; jpeg compressed bgr8', BGR),
    ],
)
def test_colour_jpeg_gives_the_scene_back(image_format: str, image: npt.NDArray[Any]) -> None:
    rgb = to_rgb8(frame_from_compressed(0, '', image_format, encoded('.jpg', image)))
    error = np.abs(rgb.astype(int) - RGB)
    assert np.median(error) <= 2
    # Chroma is stored at half size: the seam in the middle is not exact.
    assert error[:, :8].max() <= 4
    assert error[:, -8:].max() <= 4


@pytest.mark.parametrize(
    ('image_format', 'encoding'),
    [
        ('mono8; jpeg compressed mono8', 'mono8'),
        ('mono8; jpeg compressed ', 'mono8'),
        ('jpeg', 'mono8'),
        ('mono16; jpeg compressed mono8', 'mono8'),
        ('8UC1; jpeg compressed mono8', '8UC1'),
        ('bayer_rggb8; jpeg compressed ', 'bayer_rggb8'),
        ('bayer_rggb8; jpeg compressed mono8', 'mono8'),
        ('uyvy; jpeg compressed ', 'mono8'),
    ],
)
def test_grey_jpeg_is_named_by_what_it_holds(image_format: str, encoding: str) -> None:
    smooth = np.tile(np.arange(0, 240, 6, dtype=np.uint8), (24, 1))
    frame = frame_from_compressed(0, '', image_format, encoded('.jpg', smooth))
    assert frame.encoding == encoding
    assert np.abs(frame.data.astype(int) - smooth).max() <= 4


@pytest.mark.parametrize('kind', [bytearray, memoryview, lambda data: array('B', data)])
def test_any_buffer_is_taken(kind: Any) -> None:
    frame = frame_from_compressed(0, '', 'png', kind(encoded('.png', DEEP)))
    np.testing.assert_array_equal(frame.data, DEEP)


def test_the_orientation_tag_does_not_turn_the_image() -> None:
    tag = bytes.fromhex('4949 2a00 0800 0000 0100 1201 0300 0100 0000 0600 0000 0000 0000')
    segment = b'Exif\x00\x00' + tag
    data = encoded('.jpg', GREY)
    turned = data[:2] + b'\xff\xe1' + (len(segment) + 2).to_bytes(2, 'big') + segment + data[2:]
    np.testing.assert_array_equal(
        frame_from_compressed(0, '', 'jpeg', turned).data,
        frame_from_compressed(0, '', 'jpeg', data).data,
    )


@pytest.mark.parametrize(
    ('image_format', 'data', 'message'),
    [
        ('16UC1; compressedDepth png', bytes(12) + encoded('.png', DEEP), 'got compressedDepth w'),
        ('16UC1; compressedDepth', encoded('.png', DEEP), 'got compressedDepth with'),
        ('h264', b'\x00\x00\x00\x01\x67', "got 5 bytes of something else with the format 'h264'"),
        ('mono16; tiff compressed ', b'II*\x00', 'got 4 bytes of something else'),
        ('jpeg', b'', 'got 0 bytes of something else'),
        ('line\nbreak' * 100, b'junk', 'expected JPEG or PNG, got 4 bytes'),
        ('jpeg', encoded('.jpg', BGR)[:-2], 'expected a stream up to its end-of-image marker'),
        ('jpeg', encoded('.jpg', BGR)[:300], 'expected a stream up to its end-of-image marker'),
        ('png', encoded('.png', BGR)[:-1], 'expected whole chunks'),
        (
            'bgr16; png compressed bgr16',
            encoded('.png', np.dstack([DEEP] * 3)),
            '3 channels of ui',
        ),
        ('bayer_rggb8; png compressed ', encoded('.png', GREY[:2]), 'at least 3 pixels each way'),
        ('png', png_of(100_000, 1001, b''), 'expected 1 to 100000000 pixels, got 100000x1001'),
        ('png', png_of(0, 5, b''), 'expected 1 to 100000000 pixels, got 0x5'),
        ('png', png_of(9, 9, b'no zlib'), 'PNG image of 9x9: expected data that can be decoded'),
    ],
)
def test_refusals_say_what_was_expected_and_what_came(
    image_format: str, data: bytes, message: str
) -> None:
    with pytest.raises(FrameError, match=message) as caught:
        frame_from_compressed(0, '', image_format, data)
    assert '\n' not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_huge_jpeg_is_refused_before_it_is_decoded() -> None:
    data = bytearray(encoded('.jpg', BGR))
    size = data.index(b'\xff\xc0') + 5
    data[size : size + 4] = b'\xff\xff\xff\xff'
    with pytest.raises(FrameError, match='got 65535x65535; the message is damaged'):
        frame_from_compressed(0, '', 'jpeg', bytes(data))


@pytest.mark.parametrize(
    'whole', [encoded('.jpg', BGR), encoded('.png', DEEP)], ids=['jpg', 'png']
)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4))
def test_damage_gives_a_frame_of_the_stated_size_or_a_frame_error(
    whole: bytes, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(whole)
    for position, value in changes:
        data[position % len(data)] = value
    # Damage to the size may leave a large image that is legal: it is not for a quick test.
    if whole.startswith(b'\xff\xd8'):
        size = whole.index(b'\xff\xc0') + 5
        data[size : size + 4] = whole[size : size + 4]
    try:
        frame = frame_from_compressed(0, '', 'jpeg', bytes(data))
    except FrameError as error:
        frame, refusal = None, str(error)
    else:
        refusal = ''
    assert '\n' not in refusal
    if frame is not None:
        assert frame.data.shape[:2] == (frame.height, frame.width) == (24, 40)
