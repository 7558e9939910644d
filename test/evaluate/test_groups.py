"""Groups of images."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.evaluate.groups import Groups


def test_a_list_chooses_images_and_names_their_groups(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_text('# ours\nb night\n\na.png day  # by the sea\na wet\nc\n')
    groups = Groups.from_file(path)
    assert groups.names == ('night', 'day', 'wet')
    assert [groups.takes(stem) for stem in 'abcd'] == [True, True, True, False]
    assert [groups.of(stem) for stem in 'abcd'] == [('day', 'wet'), ('night',), (), ()]


def test_patterns_leave_no_image_out_and_one_may_be_in_several() -> None:
    groups = Groups.from_patterns(['night=*N', 'first=0*', 'night=x'])
    assert groups.names == ('night', 'first')
    assert groups.takes('anything')
    assert groups.of('00N') == ('night', 'first')
    assert groups.of('x') == ('night',)
    assert groups.of('1D') == ()


@pytest.mark.parametrize('text', ['night', '=x', 'night=', 'all=*'])
def test_groups_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r'NAME=GLOB|another name'):
        Groups.from_patterns([text])


@pytest.mark.parametrize(
    ('content', 'complaint'),
    [
        (b'a night wet', 'line 1: expected a stem and a group, got 3'),
        (b'# nothing\n', 'found none'),
        (b'a night\nb all', 'line 2: expected another name'),
        (b'\xff\xfe', 'no text'),
    ],
)
def test_lists_that_can_not_be_read(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / 'list.txt'
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        Groups.from_file(path)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'none\.txt'):
        Groups.from_file(tmp_path / 'none.txt')
