from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from nitedr_ros.align.alignment import align
from nitedr_ros.align.bag_pair import pair_from_bag
from nitedr_ros.align.calibration_file import CalibrationFile, calibration_yaml
from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.align.point_pairs import PointPairs
from nitedr_ros.align.points_file import read_points
from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import OutputError
from nitedr_ros.geometry.registrar import Registrar


def test_from_points_to_the_registrar_thermal_lands_where_it_should(
    tmp_path: Path, make_drive, scene, pairs
) -> None:
    images = pair_from_bag(make_drive(), Config())
    path = tmp_path / 'calibration.yaml'
    CalibrationFile(path, force=False, with_points=False).write(align(pairs, (320, 240)), images)
    registrar = Registrar(load_config(path).geometry)
    registrar.visible_info, registrar.thermal_info = scene.visible_info, scene.thermal_info
    view = registrar.view(240, 320)
    thermal = ((scene.thermal_raw() - 28_000.0) / 10).astype(np.uint8)
    registered = registrar.thermal_map(view, *thermal.shape).apply(thermal)
    visible = view.apply(cv2.cvtColor(scene.visible_raw(), cv2.COLOR_BGR2RGB))
    for spot in scene.spots:
        assert np.linalg.norm(scene.centre_near(visible[..., 0], spot) - spot) < 0.25
        assert np.linalg.norm(scene.centre_near(registered, spot) - spot) < 0.6


def test_the_file_says_what_was_done(tmp_path: Path, images: ImagePair, pairs) -> None:
    nasty = replace(images, source='a "drive"\n/**: {ros__parameters: {model: giant}}\u2028#')
    path = tmp_path / 'calibration.yaml'
    path.write_text(calibration_yaml(align(pairs, images.visible_size), nasty))
    config = load_config(path)
    assert config.model == Config().model
    assert config.geometry.registration == 'homography'
    assert config.geometry.rectify
    assert config.geometry.homography_visible_size == (320, 240)
    assert config.geometry.homography_thermal_size == (160, 128)
    text = path.read_text()
    for part in ('12 pairs', 'RMS 0.', 'worst 0.', ' UTC by nitedr align', 'a "drive"?/**'):
        assert part in text
    # ROS takes an array of one type only, and to YAML 1.1 `1e-05` is a word.
    numbers = yaml.safe_load(text)['/**']['ros__parameters']['geometry']['homography']
    assert [type(number) for number in numbers] == [float] * 9


def test_warnings_go_into_the_file(images: ImagePair, pairs) -> None:
    few = PointPairs(pairs.visible[[0, 3, 8, 11]], pairs.thermal[[0, 3, 8, 11]])
    stills = replace(images, rectified=())
    text = calibration_yaml(align(few, images.visible_size), stills)
    assert '# warning: any 4 pairs fit exactly' in text
    assert 'rectify: false' in text


def test_the_points_lie_beside_it(tmp_path: Path, images: ImagePair, pairs) -> None:
    target = CalibrationFile(tmp_path / 'front.yaml', force=False, with_points=True)
    target.write(align(pairs, images.visible_size), images)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['front.points.csv', 'front.yaml']
    points = read_points(target.points_path, images.visible_size, images.thermal_size)
    assert len(points) == 12
    assert stat.S_IMODE(target.path.stat().st_mode) == 0o644
    # What it wrote itself it may write again.
    target.write(align(points, images.visible_size), images)


def test_nothing_that_is_there_is_replaced_unasked(
    tmp_path: Path, images: ImagePair, pairs
) -> None:
    path = tmp_path / 'calibration.yaml'
    path.write_text('precious')
    for with_points in (False, True):
        with pytest.raises(OutputError, match='--force'):
            CalibrationFile(path, force=False, with_points=with_points)
    CalibrationFile(path, force=True, with_points=False).write(
        align(pairs, images.visible_size), images
    )
    assert 'homography' in path.read_text()


def test_the_points_of_an_earlier_calibration_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / 'calibration.points.csv').write_text('precious')
    with pytest.raises(OutputError, match=r'points\.csv'):
        CalibrationFile(tmp_path / 'calibration.yaml', force=False, with_points=True)


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path, images: ImagePair, pairs) -> None:
    target = CalibrationFile(tmp_path / 'calibration.yaml', force=False, with_points=False)
    target.path.write_text('precious')
    with pytest.raises(OutputError, match='--force'):
        target.write(align(pairs, images.visible_size), images)
    assert target.path.read_text() == 'precious'


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match='existing folder'):
        CalibrationFile(tmp_path / 'none' / 'calibration.yaml', force=True, with_points=False)
    with pytest.raises(OutputError, match='it is a folder'):
        CalibrationFile(tmp_path, force=True, with_points=False)
