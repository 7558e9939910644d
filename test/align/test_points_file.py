from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nitedr_ros.align.point_pairs import MOST_PAIRS
from nitedr_ros.align.points_file import points_csv, read_points
from nitedr_ros.errors import InputError

SIZES = ((640, 480), (320, 240))
HEADER = 'visible_x,visible_y,thermal_x,thermal_y\n'


def test_csv_with_comments_and_columns_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / 'points.csv'
    path.write_text(
        '\ufeff# by hand\n\nname, thermal_x, thermal_y, visible_y, visible_x\n'
        'lamp, 3.5, 4, 2, 1\n\n"pole, left", 7, 8.25, 6, 5\n',
        'utf-8',
    )
    pairs = read_points(path, *SIZES)
    assert pairs.visible.tolist() == [[1, 2], [5, 6]]
    assert pairs.thermal.tolist() == [[3.5, 4], [7, 8.25]]


@pytest.mark.parametrize(
    'text',
    [
        '- [1, 2, 3.5, 4]\n- [5, 6, 7, 8]\n',
        '- {visible_x: 1, visible_y: 2, thermal_x: 3.5, thermal_y: 4}\n- [5, 6, 7, 8]\n',
    ],
)
def test_yaml_lists(tmp_path: Path, text: str) -> None:
    path = tmp_path / 'points.yaml'
    path.write_text(text)
    assert read_points(path, *SIZES).rows() == [[1, 2, 3.5, 4], [5, 6, 7, 8]]


def test_what_is_written_is_read_back_to_a_thousandth(tmp_path: Path, pairs) -> None:
    path = tmp_path / 'points.csv'
    path.write_text(points_csv(pairs))
    back = read_points(path, *SIZES)
    assert np.abs(np.array(back.rows()) - pairs.rows()).max() <= 0.0005


@pytest.mark.parametrize(
    ('name', 'text', 'complaint'),
    [
        ('a.csv', '', 'expected the header'),
        ('a.csv', '1,2,3,4\n', 'line 1: expected the header'),
        ('a.csv', HEADER + '1,2,3,4\n1,2,3\n', 'line 3: expected 4 numbers'),
        ('a.csv', HEADER + '1,2,three,4\n', "line 2: expected thermal_x.*'three'"),
        ('a.csv', HEADER + '1,2,nan,4\n', 'line 2: expected thermal_x'),
        ('a.csv', HEADER + '1,inf,3,4\n', 'line 2: expected visible_y'),
        ('a.csv', HEADER + '640,2,3,4\n', 'line 2: expected visible_x from -0.5 to 639.5'),
        ('a.csv', HEADER + '1,2,3,-0.6\n', 'line 2: expected thermal_y from -0.5 to 239.5'),
        ('a.csv', HEADER + '"1,2,3,4\n', 'line 2: expected'),
        ('a.csv', HEADER + '1,2,3,4\n' * (MOST_PAIRS + 1), f'at most {MOST_PAIRS}'),
        ('a.yaml', 'a: 1\n', 'line 1: expected a list'),
        ('a.yaml', '', 'line 1: expected a list'),
        ('a.yaml', '- [1, 2, 3, 4]\n- 5\n', 'line 2: expected 4 numbers'),
        ('a.yaml', '- [1, 2, 3, 4]\n-\n  [1, 2, 3, true]\n', 'line 3: expected thermal_y'),
        ('a.yaml', '- {visible_x: 1}\n', 'line 1: expected 4 numbers'),
        ('a.yaml', '- [1, 2\n', 'expected YAML'),
        ('a.yaml', '- !!python/object:os.system [1]\n', 'expected YAML'),
    ],
)
def test_errors_name_the_line(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        read_points(path, *SIZES)
    assert '\n' not in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='No such file'):
        read_points(tmp_path / 'none.csv', *SIZES)
    (tmp_path / 'bytes.csv').write_bytes(b'\xff\xfe\x00\x81')
    with pytest.raises(InputError, match='other bytes'):
        read_points(tmp_path / 'bytes.csv', *SIZES)
