from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.convert import to_rgb8, to_single_channel
from nitedr_ros.frames.encodings import ENCODINGS
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.raw import frame_from_raw

seeds = st.integers(0, 2**32)
# Heights and widths that every encoding can have.
sizes = st.tuples(st.integers(2, 6).map(lambda n: 2 * n), st.integers(2, 6).map(lambda n: 2 * n))
paddings = st.integers(0, 5)


def random(seed: int, *shape: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def rgb_frame(image: npt.NDArray[np.uint8]) -> Frame:
    return Frame(0, '', 'rgb8', image, image.shape[0], image.shape[1])


def received(
    encoding: str, samples: npt.NDArray[Any], height: int, padding: int, big: bool = False
) -> Frame:
    """Pack samples [rows, width, ...] as a driver does, with padded rows, and read them."""
    stored = samples.astype(samples.dtype.newbyteorder('>' if big else '<'))
    rows = [row.tobytes() + b'\xaa' * padding for row in stored]
    data, step = b''.join(rows), len(rows[0])
    return frame_from_raw(0, '', encoding, height, samples.shape[1], step, data, big)


@pytest.mark.parametrize(
    ('encoding', 'order'),
    [
        ('rgb8', [0, 1, 2]),
        ('bgr8', [2, 1, 0]),
        ('8UC3', [2, 1, 0]),
        ('rgba8', [0, 1, 2, 3]),
        ('bgra8', [2, 1, 0, 3]),
    ],
)
@given(seed=seeds, size=sizes, padding=paddings)
def test_colour_comes_back_exactly(
    encoding: str, order: list[int], seed: int, size: tuple[int, int], padding: int
) -> None:
    rgba = random(seed, *size, 4)
    frame = received(encoding, rgba[..., order], size[0], padding)
    result = to_rgb8(frame)
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, rgba[..., :3])


@pytest.mark.parametrize('encoding', ['mono8', '8UC1', 'mono16', '16UC1'])
@given(seed=seeds, size=sizes, padding=paddings, big=st.booleans())
def test_mono_is_grey_by_its_top_byte(
    encoding: str, seed: int, size: tuple[int, int], padding: int, big: bool
) -> None:
    grey = random(seed, *size)
    samples: npt.NDArray[Any] = grey
    if ENCODINGS[encoding].dtype == np.uint16:
        samples = grey.astype(np.uint16) << 8 | random(seed + 1, *size)
    result = to_rgb8(received(encoding, samples, size[0], padding, big))
    np.testing.assert_array_equal(result, np.dstack([grey] * 3))


def mosaic(order: str, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """What a sensor sees whose first two rows begin with the colours in `order`."""
    seen = np.zeros(rgb.shape[:2], np.uint8)
    for index, colour in enumerate(order):
        at = np.s_[index // 2 :: 2, index % 2 :: 2]
        seen[at] = rgb[..., 'rgb'.index(colour)][at]
    return seen


@pytest.mark.parametrize('bits', [8, 16])
@pytest.mark.parametrize('order', ['rggb', 'bggr', 'gbrg', 'grbg'])
@given(seed=seeds, size=sizes, padding=paddings, big=st.booleans())
def test_a_mosaic_keeps_what_each_pixel_saw(
    order: str, bits: int, seed: int, size: tuple[int, int], padding: int, big: bool
) -> None:
    seen = mosaic(order, random(seed, *size, 3))
    samples: npt.NDArray[Any] = seen if bits == 8 else seen.astype(np.uint16) << 8 | 0x5A
    result = to_rgb8(received(f'bayer_{order}{bits}', samples, size[0], padding, big))
    # Bilinear interpolation leaves measured samples alone; the border is a copy of its inside.
    np.testing.assert_array_equal(mosaic(order, result)[1:-1, 1:-1], seen[1:-1, 1:-1])


@pytest.mark.parametrize('order', ['rggb', 'bggr', 'gbrg', 'grbg'])
@pytest.mark.parametrize('size', [(3, 3), (4, 6), (5, 7)])
def test_the_mosaic_of_one_colour_is_that_colour(order: str, size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), (200, 120, 40), np.uint8)
    result = to_rgb8(received(f'bayer_{order}8', mosaic(order, rgb), size[0], 1))
    np.testing.assert_array_equal(result, rgb)


def bt601(
    luma: npt.NDArray[np.uint8], u: npt.NDArray[np.uint8], v: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """RGB of full-size luma and chroma [H, W], from the equations of ITU-R BT.601."""
    y = 255 / 219 * (np.maximum(luma.astype(float), 16) - 16)
    cb, cr = 255 / 224 * (u.astype(float) - 128), 255 / 224 * (v.astype(float) - 128)
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.dstack([red, green, blue]).clip(0, 255)


@pytest.mark.parametrize('encoding', ['uyvy', 'yuv422', 'yuyv', 'yuv422_yuy2'])
@given(seed=seeds, size=sizes, padding=paddings)
def test_packed_yuv_is_bt601(
    encoding: str, seed: int, size: tuple[int, int], padding: int
) -> None:
    height, width = size
    luma, u, v = random(seed, *size), *random(seed + 1, 2, height, width // 2)
    chroma = np.stack([u, v], axis=-1).reshape(size)
    pair = [luma, chroma] if encoding in ('yuyv', 'yuv422_yuy2') else [chroma, luma]
    result = to_rgb8(received(encoding, np.stack(pair, axis=-1), height, padding))
    expected = bt601(luma, u.repeat(2, axis=1), v.repeat(2, axis=1))
    assert np.abs(result - expected).max() < 2
    frame = received(encoding, np.stack(pair, axis=-1), height, padding)
    np.testing.assert_array_equal(to_single_channel(frame), luma)


@pytest.mark.parametrize('encoding', ['nv12', 'nv21'])
@given(seed=seeds, size=sizes, padding=paddings)
def test_semi_planar_yuv_is_bt601(
    encoding: str, seed: int, size: tuple[int, int], padding: int
) -> None:
    height, width = size
    luma, u, v = random(seed, *size), *random(seed + 1, 2, height // 2, width // 2)
    pair = [u, v] if encoding == 'nv12' else [v, u]
    chroma = np.stack(pair, axis=-1).reshape(height // 2, width)
    result = to_rgb8(received(encoding, np.vstack([luma, chroma]), height, padding))
    expected = bt601(luma, *(c.repeat(2, axis=0).repeat(2, axis=1) for c in (u, v)))
    assert result.shape == (height, width, 3)
    assert np.abs(result - expected).max() < 2
    frame = received(encoding, np.vstack([luma, chroma]), height, padding)
    np.testing.assert_array_equal(to_single_channel(frame), luma)


def test_every_encoding_but_float_has_a_colour_conversion() -> None:
    for name, layout in ENCODINGS.items():
        if layout.kind == 'float':
            continue
        shape = (layout.rows(4), 6, layout.channels)[: 3 if layout.channels > 1 else 2]
        result = to_rgb8(received(name, np.zeros(shape, layout.dtype), 4, 0))
        assert result.shape == (4, 6, 3)
        assert result.dtype == np.uint8


def test_contiguous_rgb_is_not_copied() -> None:
    image = random(0, 4, 6, 3)
    assert np.shares_memory(to_rgb8(rgb_frame(image)), image)
    assert not np.shares_memory(to_rgb8(rgb_frame(image[:, ::2])), image)


def test_float_is_no_visible_image() -> None:
    frame = received('32FC1', np.zeros((4, 6), np.float32), 4, 0)
    with pytest.raises(FrameError, match=r'visible image: expected .*, got 32FC1; check'):
        to_rgb8(frame)


@pytest.mark.parametrize('encoding', ['mono8', '8UC1', 'mono16', '16UC1', '32FC1'])
def test_single_channels_are_passed_on(encoding: str) -> None:
    samples = random(0, 4, 6).astype(ENCODINGS[encoding].dtype)
    frame = received(encoding, samples, 4, 4)
    result = to_single_channel(frame)
    assert result is frame.data
    np.testing.assert_array_equal(result, samples)


@pytest.mark.parametrize('encoding', ['rgb8', 'bgr8', '8UC3', 'rgba8', 'bgra8'])
def test_grey_stored_as_colour_is_grey_again(encoding: str) -> None:
    grey = random(0, 4, 6)
    samples = np.dstack([grey] * ENCODINGS[encoding].channels)
    result = to_single_channel(received(encoding, samples, 4, 3))
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, grey)


def test_grey_weighs_colours_by_bt601() -> None:
    pure = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert to_single_channel(rgb_frame(pure)).tolist() == [[76, 150, 29]]


def test_unknown_encodings_are_refused() -> None:
    frame = Frame(0, '', 'rgb16', np.zeros((4, 6, 3), np.uint16), 4, 6)
    with pytest.raises(FrameError, match='got rgb16; check'):
        to_rgb8(frame)
    with pytest.raises(FrameError, match="got 'rgb16'; set"):
        to_single_channel(frame)
