from __future__ import annotations

import pytest

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.encodings import ENCODINGS, encoding_named

# Channels and bits per sample as numChannels() and bitDepth() of sensor_msgs give them.
SENSOR_MSGS = {
    'rgb8': (3, 8),
    'bgr8': (3, 8),
    'rgba8': (4, 8),
    'bgra8': (4, 8),
    'mono8': (1, 8),
    'mono16': (1, 16),
    '8UC1': (1, 8),
    '8UC3': (3, 8),
    '16UC1': (1, 16),
    '32FC1': (1, 32),
    **{f'bayer_{order}8': (1, 8) for order in ('rggb', 'bggr', 'gbrg', 'grbg')},
    **{f'bayer_{order}16': (1, 16) for order in ('rggb', 'bggr', 'gbrg', 'grbg')},
    'uyvy': (2, 8),
    'yuv422': (2, 8),
    'yuyv': (2, 8),
    'yuv422_yuy2': (2, 8),
    'nv12': (1, 8),
    'nv21': (1, 8),
}


def test_the_table_agrees_with_sensor_msgs() -> None:
    table = {n: (e.channels, e.dtype.itemsize * 8) for n, e in ENCODINGS.items()}
    assert table == SENSOR_MSGS


@pytest.mark.parametrize('name', SENSOR_MSGS)
def test_row_bytes_are_those_of_the_samples(name: str) -> None:
    channels, bits = SENSOR_MSGS[name]
    assert encoding_named(name).row_bytes(640) == 640 * channels * bits // 8


@pytest.mark.parametrize(('name', 'rows'), [('nv12', 720), ('nv21', 720), ('uyvy', 480)])
def test_only_semi_planar_images_have_chroma_rows(name: str, rows: int) -> None:
    assert encoding_named(name).rows(480) == rows


@pytest.mark.parametrize(
    ('name', 'height', 'width'),
    [
        ('rgb8', 0, 4),
        ('rgb8', 4, 0),
        ('rgb8', -4, 4),
        ('uyvy', 4, 5),
        ('yuyv', 4, 5),
        ('nv12', 4, 5),
        ('nv12', 5, 4),
        ('nv21', 5, 4),
        ('bayer_rggb8', 2, 8),
        ('bayer_grbg16', 8, 2),
    ],
)
def test_impossible_sizes_are_refused(name: str, height: int, width: int) -> None:
    with pytest.raises(FrameError, match=rf'{name} image: expected .*, got {width}x{height}; '):
        encoding_named(name).check_size(height, width)


@pytest.mark.parametrize(
    ('name', 'height', 'width'), [('mono8', 1, 1), ('uyvy', 5, 4), ('bayer_rggb8', 3, 5)]
)
def test_odd_sizes_that_are_possible_are_taken(name: str, height: int, width: int) -> None:
    encoding_named(name).check_size(height, width)


@pytest.mark.parametrize('name', ['', 'RGB8', 'rgb16', 'evil\nname', 'x' * 10_000])
def test_unknown_names_are_refused_in_one_short_line(name: str) -> None:
    with pytest.raises(FrameError, match=r'expected one of rgb8, .*got .*; set') as caught:
        encoding_named(name)
    assert '\n' not in str(caught.value)
    assert len(str(caught.value)) < 500
