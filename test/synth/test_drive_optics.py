"""Where things of the scene appear, by the calibration and the transforms that the bag states."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.synth.drive import Drive, DriveConfig, SensorName
from nitedr_ros.synth.lens import LensName
from nitedr_ros.synth.mesh import Figure
from nitedr_ros.synth.rig import StaticTransform
from nitedr_ros.synth.scene import Moment

LENSES: tuple[LensName, ...] = ('plumb_bob', 'rational_polynomial', 'equidistant', 'none')
Matrix = np.ndarray


def pose(transform: StaticTransform) -> Matrix:
    """Return the 4 x 4 pose of the child in the parent."""
    x, y, z, w = transform.rotation
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, 3] = transform.translation
    return matrix


def thermal_in_visible(drive: Drive) -> Matrix:
    poses = {item.child: pose(item) for item in drive.transforms}
    return np.linalg.inv(poses['visible_optical_frame']) @ poses['thermal_optical_frame']


def project(info: CameraInfo, points: Matrix) -> Matrix:
    """Project points [N, 3] of a camera's optical frame with OpenCV."""
    k, d = np.array(info.k).reshape(3, 3), np.array(info.d)
    zero, points = np.zeros(3), points.reshape(-1, 1, 3)
    if info.distortion_model == 'equidistant':
        return cv2.fisheye.projectPoints(points, zero, zero, k, d)[0].reshape(-1, 2)
    return cv2.projectPoints(points, zero, zero, k, d)[0].reshape(-1, 2)


def in_image(info: CameraInfo, pixel: Matrix, margin: float) -> bool:
    size = np.array([info.width, info.height])
    return bool((pixel > margin).all() and (pixel < size - margin).all())


def test_the_thermal_camera_sits_beside_the_visible_one_and_is_turned_a_little() -> None:
    offset = thermal_in_visible(Drive())
    assert 0.1 < np.linalg.norm(offset[:3, 3]) < 0.14
    angle = np.degrees(np.linalg.norm(cv2.Rodrigues(offset[:3, :3])[0]))
    assert 1.0 < angle < 2.0
    visible = pose(Drive().transforms[0])
    assert np.allclose(visible[:3, :3] @ [0, 0, 1], [1, 0, 0])
    assert np.allclose(visible[:3, :3] @ [0, 1, 0], [0, 0, -1])
    assert visible[2, 3] == 1.4


@pytest.mark.parametrize('lens', LENSES)
@pytest.mark.parametrize('sensor', ['visible', 'thermal'])
def test_each_pixel_shows_the_ray_that_projects_to_it(sensor: SensorName, lens: LensName) -> None:
    drive = Drive(DriveConfig(lens=lens))
    optics = drive.visible_optics if sensor == 'visible' else drive.thermal_optics
    view = optics.view
    u, v = np.meshgrid(np.arange(view.width), np.arange(view.height))
    drawn = np.stack([u, v], axis=2).astype(np.float32)
    seen = optics.through(drawn, cv2.INTER_LINEAR)[8:-8:16, 8:-8:16].reshape(-1, 2)
    rays = view.normalise(seen.astype(np.float64))
    level = np.column_stack([rays, np.ones(len(rays))])
    rotation = thermal_in_visible(drive)[:3, :3] if sensor == 'thermal' else np.eye(3)
    info = drive.camera_info[sensor]
    pixels = project(info, level @ rotation)
    columns, rows = np.meshgrid(*(np.arange(size)[8:-8:16] for size in (info.width, info.height)))
    expected = np.stack([columns, rows], axis=2).reshape(-1, 2)
    assert np.abs(pixels - expected).max() < 0.04


def lamps(moment: Moment) -> list[Figure]:
    """Return the street lamps that are near enough to be measured and not cut off."""
    near = [f for f in moment.figures if f.kind == 'lamp']
    return [f for f in near if 14.0 < f.position[2] - moment.camera[2] < 45.0]


def centroid(image: Matrix, middle: Matrix, half: int, level: float) -> Matrix:
    """Return the centre of all that is brighter than `level` near a pixel."""
    left, top = np.round(middle).astype(int) - half
    part = image[top : top + 2 * half + 1, left : left + 2 * half + 1].astype(np.float64)
    weight = np.clip(part - level, 0, None)
    rows, columns = np.indices(part.shape)
    total = weight.sum()
    assert total > 0
    return np.array([left + (weight * columns).sum() / total, top + (weight * rows).sum() / total])


@pytest.mark.parametrize('lens', LENSES)
def test_street_lamps_shine_where_they_project_to(lens: LensName) -> None:
    drive = Drive(DriveConfig(lens=lens, seconds=1.0, visible_hz=4.0, thermal_hz=0.5, rain=0.0))
    info, errors = drive.camera_info['visible'], []
    for item in drive.frames():
        moment = drive.scene.at((item.true_ns - drive.config.start_ns) / 1e9)
        for lamp in lamps(moment) if item.sensor == 'visible' else []:
            place = lamp.to_world(np.array(lamp.lights[0].position)) - np.array(moment.camera)
            pixel = project(info, place)[0]
            if in_image(info, pixel, 14.0):
                found = centroid(item.frame.data.min(axis=2), pixel, 12, 200.0)
                errors.append(found - pixel)
    assert len(errors) >= 8
    assert np.abs(errors).max() < 0.6
    assert np.abs(np.mean(errors, axis=0)).max() < 0.2


@pytest.mark.parametrize('lens', LENSES)
def test_warm_lamp_heads_lie_where_they_project_to(lens: LensName) -> None:
    drive = Drive(DriveConfig(lens=lens, seconds=1.0, visible_hz=0.5, thermal_hz=4.0))
    inverse = np.linalg.inv(thermal_in_visible(drive))
    info, errors, shifts = drive.camera_info['thermal'], [], []
    for item in drive.frames():
        moment = drive.scene.at((item.true_ns - drive.config.start_ns) / 1e9)
        for lamp in lamps(moment) if item.sensor == 'thermal' else []:
            case = lamp.mesh.points[lamp.mesh.counts[:-1].sum() :]
            corners = lamp.to_world(case) - np.array(moment.camera)
            pixels = project(info, corners @ inverse[:3, :3].T + inverse[:3, 3])
            # Drawn 16 times larger to find the centre of the patch.
            drawn = np.zeros((16 * info.height, 16 * info.width), np.uint8)
            cv2.fillConvexPoly(drawn, np.rint(pixels * 16).astype(np.int32), 1)
            pixel = np.argwhere(drawn)[:, ::-1].mean(axis=0) / 16
            if in_image(info, pixel, 14.0):
                kelvin = item.frame.data / 100.0
                errors.append(centroid(kelvin, pixel, 9, 291.0) - pixel)
                unmoved = project(info, corners @ inverse[:3, :3].T)
                shifts.append(np.linalg.norm(pixels.mean(axis=0) - unmoved.mean(axis=0)))
    assert len(errors) >= 8
    # With the cold sky on one side and a wall on the other, a head seems to lie nearer the wall.
    assert np.abs(errors).max() < 0.9
    assert np.median(np.abs(errors), axis=0).max() < 0.25
    assert np.max(shifts) > 1.5
