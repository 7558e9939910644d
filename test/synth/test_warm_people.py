from __future__ import annotations

import numpy as np

from nitedr_ros.synth.camera import PinholeCamera, clip_near
from nitedr_ros.synth.drive import Drive, DriveConfig, SynthFrame
from nitedr_ros.synth.mesh import Figure
from nitedr_ros.synth.person import draw_person, pose_person
from nitedr_ros.synth.scene import Moment, Scene
from nitedr_ros.synth.textures import ROAD_KELVIN

CAMERA = PinholeCamera.for_size(320, 240)


def box(figure: Figure, moment: Moment) -> tuple[float, float, float, float]:
    corners = CAMERA.project(figure.to_world(figure.mesh.points) - np.array(moment.camera))
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return left, top, right, bottom


def unhidden(moment: Moment) -> list[tuple[float, float]]:
    """Return the chests of the people that no nearer figure covers, pixels."""
    found = []
    for index, figure in enumerate(moment.figures):
        ahead = figure.position[2] - moment.camera[2]
        if figure.kind != 'person' or not 8.0 < ahead < 30.0:
            continue
        chest = np.array(figure.position) + np.array([0.0, -1.2, 0.0]) - np.array(moment.camera)
        u, v = CAMERA.project(chest)
        nearer = [f for f in moment.figures[index + 1 :] if f.position[2] > moment.camera[2] + 3]
        boxes = [box(other, moment) for other in nearer]
        covered = any(b[0] - 3 <= u <= b[2] + 3 and b[1] - 3 <= v <= b[3] + 3 for b in boxes)
        if not covered and 6 < u < 250:
            found.append((float(u), float(v)))
    return found


def thermal_frames(seconds: float) -> tuple[Drive, list[SynthFrame]]:
    drive = Drive(DriveConfig(seconds=seconds, visible_hz=0.1, thermal_hz=4.0, aligned=True))
    return drive, [item for item in drive.frames() if item.sensor == 'thermal']


def test_people_are_warmer_than_the_road_where_they_project_to() -> None:
    drive, frames = thermal_frames(6.0)
    seen = 0
    for item in frames:
        moment = drive.scene.at((item.frame.stamp_ns - drive.config.start_ns) / 1e9)
        road = float(np.median(item.frame.data[200:, 100:220])) / 100
        assert abs(road - ROAD_KELVIN) < 2.0
        for u, v in unhidden(moment):
            chest = item.frame.data[round(v) - 1 : round(v) + 2, round(u) - 1 : round(u) + 2]
            assert chest.max() / 100 > road + 8.0
            seen += 1
    assert seen >= 10


def test_the_sky_is_the_coldest() -> None:
    _, frames = thermal_frames(0.5)
    picture = frames[0].frame.data
    assert picture[:20, 150:170].max() < picture[150:].min()


def test_somebody_crosses_ahead_of_the_car() -> None:
    scene = Scene(3)

    def crosser(time_s: float) -> Figure:
        people = [f for f in scene.at(time_s).figures if f.kind == 'person']
        return min(people, key=lambda figure: abs(figure.position[0]))

    early, late = crosser(4.2), crosser(4.7)
    assert -1.0 < late.position[0] - early.position[0] < -0.9
    assert early.position[2] == late.position[2]


def test_a_scene_is_a_function_of_time() -> None:
    first, second = Scene(2), Scene(2)
    second.at(40.0)
    for one, other in zip(first.at(3.0).figures, second.at(3.0).figures, strict=True):
        assert (one.kind, one.position) == (other.kind, other.position)
        assert np.array_equal(one.mesh.points, other.mesh.points)


def test_people_stand_on_the_ground_and_are_as_tall_as_people() -> None:
    rng = np.random.default_rng(0)
    for walked in np.linspace(0, 1.5, 7):
        mesh = pose_person(draw_person(rng), float(walked), (0.0, 1.0))
        assert -0.1 < mesh.points[:, 1].max() < 0.12
        assert -2.5 < mesh.points[:, 1].min() < -1.55


def test_projection_and_clipping() -> None:
    straight = CAMERA.project(np.array([0.0, 0.0, 5.0]))
    assert straight.tolist() == [159.5, 119.5]
    aside = CAMERA.project(np.array([1.0, -0.5, 10.0]))
    assert np.allclose(aside, (159.5 + 28.8, 119.5 - 14.4))
    square = np.array([[0.0, 0, -1], [1, 0, -1], [1, 0, 1], [0, 0, 1]])
    cut = clip_near(square, 0.5)
    assert cut[:, 2].min() == 0.5
    assert len(cut) == 4
    assert len(clip_near(square, 2.0)) == 0
