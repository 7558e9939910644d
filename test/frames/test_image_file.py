"""Image files as frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.frames.image_file import read_image_file


@pytest.mark.parametrize(
    ('shape', 'dtype', 'suffix', 'encoding'),
    [
        ((12, 20), np.uint8, 'png', 'mono8'),
        ((12, 20), np.uint16, 'png', 'mono16'),
        ((12, 20), np.float32, 'tiff', '32FC1'),
        ((12, 20, 3), np.uint8, 'bmp', 'bgr8'),
        ((12, 20, 4), np.uint8, 'png', 'bgra8'),
    ],
)
def test_depth_and_channels_stay_where_no_colour_is_wanted(
    tmp_path: Path, shape: tuple, dtype: type, suffix: str, encoding: str
) -> None:
    image = (np.random.default_rng(1).random(shape) * 200).astype(dtype)
    path = tmp_path / f'a.{suffix}'
    assert cv2.imwrite(str(path), image)
    frame = read_image_file(path, 'thermal', colour=False)
    assert (frame.encoding, frame.height, frame.width) == (encoding, 12, 20)
    assert (frame.frame_id, frame.stamp_ns) == ('thermal', 0)
    np.testing.assert_array_equal(frame.data, image)


def test_a_grey_file_becomes_colour_where_it_is_wanted(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((12, 20), 80, np.uint8))
    frame = read_image_file(tmp_path / 'a.png', 'visible', colour=True)
    assert frame.encoding == 'bgr8'
    assert frame.data.shape == (12, 20, 3)
    assert (frame.data == 80).all()


def test_files_that_can_not_be_taken_are_named(tmp_path: Path) -> None:
    (tmp_path / 'text.png').write_text('no image')
    (tmp_path / 'empty.png').touch()
    (tmp_path / 'folder.png').mkdir()
    cv2.imwrite(str(tmp_path / 'deep.png'), np.zeros((8, 8, 3), np.uint16))
    for name in ('text.png', 'empty.png', 'folder.png', 'deep.png', 'missing.png'):
        with pytest.raises(InputError, match=name):
            read_image_file(tmp_path / name, 'thermal', colour=False)
