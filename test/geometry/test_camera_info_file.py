"""Calibration files of ROS's own tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info_file import read_camera_info

# As camera_calibration's button "commit" leaves it, through camera_info_manager.
WRITTEN = """\
image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [438.783367, 0, 305.593336, 0, 437.302876, 243.738352, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.361976, 0.110510, 1e-05, 0.000506, 0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [0.999978, 0.002789, -0.006046, -0.002816, 0.999986, -0.004401, 0.006034, 0.004417, 0.999972]
projection_matrix:
  rows: 3
  cols: 4
  data: [393.653800, 0, 322.797939, 0, 0, 393.653800, 241.090902, 0, 0, 0, 1, 0]
"""  # noqa: E501 - as it is written


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / 'visible.yaml'
    path.write_text(WRITTEN)
    return path


def test_a_file_as_the_tool_writes_it(written: Path) -> None:
    info = read_camera_info(written)
    assert (info.width, info.height, info.distortion_model) == (640, 480, 'plumb_bob')
    assert info.d == (-0.361976, 0.110510, 1e-05, 0.000506, 0.0)
    assert info.k == (438.783367, 0.0, 305.593336, 0.0, 437.302876, 243.738352, 0.0, 0.0, 1.0)
    assert info.r[:3] == (0.999978, 0.002789, -0.006046)
    assert info.p[:4] == (393.6538, 0.0, 322.797939, 0.0)
    assert (info.binning_x, info.binning_y, info.roi.width) == (0, 0, 0)


def test_binning_and_region_of_interest_are_taken_where_they_are_there(written: Path) -> None:
    more = 'binning_x: 2\nbinning_y: 2\nroi: {x_offset: 16, width: 320, do_rectify: true}\n'
    written.write_text(WRITTEN + more)
    info = read_camera_info(written)
    assert (info.binning_x, info.binning_y) == (2, 2)
    roi = info.roi
    assert (roi.x_offset, roi.y_offset, roi.width, roi.height) == (16, 0, 320, 0)
    assert roi.do_rectify


def test_an_old_file_without_a_model_is_plumb_bob(written: Path) -> None:
    written.write_text(WRITTEN.replace('distortion_model: plumb_bob\n', ''))
    assert read_camera_info(written).distortion_model == 'plumb_bob'


@pytest.mark.parametrize(
    ('before', 'after', 'says'),
    [
        ('image_width: 640', 'image_width: 0', 'image_width: expected a whole number'),
        ('image_width: 640', 'image_width: wide', "got 'wide'"),
        ('image_height: 480\n', '', 'expected image_height, it is missing'),
        ('camera_matrix:', 'matrix:', 'expected camera_matrix'),
        ('  cols: 4', '  cols: 3', r'projection_matrix: expected 3 x 4 .* cols 3 and 12'),
        ('438.783367, ', '', r'camera_matrix: expected 3 x 3 numbers, got .* 8 in data'),
        ('438.783367', 'much', "camera_matrix: expected finite numbers in data, got 'much'"),
        ('438.783367', '.nan', 'expected finite numbers'),
        ('438.783367', 'true', 'expected finite numbers'),
        ('438.783367', '-438.0', 'expected positive focal lengths in K'),
        ('0.999978', '0.5', 'expected a rotation matrix'),
        ('plumb_bob', 'fov', "got 'fov'"),
        ('plumb_bob', '[1]', 'distortion_model: expected a name'),
        ('  data: [-0.361976', '  dat: [-0.361976', 'distortion_coefficients: expected rows'),
        ('  rows: 1\n  cols: 5', '  rows: 5\n  cols: 5', 'expected one row of numbers'),
        ('image_width: 640', 'roi: 5\nimage_width: 640', 'roi: expected x_offset'),
        (
            'image_width: 640',
            'roi: {x_offset: 600, width: 80}\nimage_width: 640',
            'expected a region of interest within 640x480',
        ),
        ('rows: 3', 'rows: [', 'expected YAML'),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(
    written: Path, before: str, after: str, says: str
) -> None:
    assert before in WRITTEN
    written.write_text(WRITTEN.replace(before, after))
    with pytest.raises(CalibrationError, match=says) as caught:
        read_camera_info(written)
    assert str(caught.value).startswith(f'{written}: ')
    assert '\n' not in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r'could not read it .* correct the path'):
        read_camera_info(tmp_path / 'none.yaml')
    with pytest.raises(CalibrationError, match='could not read it'):
        read_camera_info(tmp_path)
    text = tmp_path / 'text.yaml'
    text.write_text('- 1\n- 2\n')
    with pytest.raises(CalibrationError, match='expected a calibration with image_width'):
        read_camera_info(text)
    text.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(CalibrationError, match='expected YAML'):
        read_camera_info(text)
