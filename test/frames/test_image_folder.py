"""The image files of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.frames.image_folder import images_by_stem


def test_images_are_found_by_stem_and_all_else_is_passed_over(tmp_path: Path) -> None:
    for name in ('b.PNG', 'a.jpg', 'notes.txt', '.hidden', 'c.d.tiff'):
        (tmp_path / name).touch()
    found = images_by_stem(tmp_path)
    assert list(found) == ['a', 'b', 'c.d']
    assert found['b'] == tmp_path / 'b.PNG'


def test_no_folder_and_two_images_of_one_stem(tmp_path: Path) -> None:
    for name in ('a.png', 'a.jpg'):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match='one image named a'):
        images_by_stem(tmp_path)
    for place in (tmp_path / 'none', tmp_path / 'a.png'):
        with pytest.raises(InputError, match='folder of images'):
            images_by_stem(place)
