from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.synth.drive import Drive, DriveConfig, SynthFrame, Truth
from nitedr_ros.synth.lens import LensName
from nitedr_ros.synth.scene import Moment

LENSES: tuple[LensName, ...] = ('plumb_bob', 'rational_polynomial', 'equidistant', 'none')


def rectify(image: np.ndarray, info: CameraInfo) -> np.ndarray:
    k, d = np.array(info.k).reshape(3, 3), np.array(info.d)
    p = np.array(info.p).reshape(3, 4)[:, :3]
    if info.distortion_model == 'equidistant':
        return cv2.fisheye.undistortImage(image, k, d, Knew=p)
    return cv2.undistort(image, k, d, None, p)


def shift(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return by how many pixels two pictures are apart."""
    window = cv2.createHanningWindow(first.shape[1::-1], cv2.CV_32F)
    planes = [
        cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) for image in (first, second)
    ]
    return np.array(cv2.phaseCorrelate(*planes, window)[0])


def visible(drive: Drive) -> list[tuple[SynthFrame, Truth, Moment]]:
    found = []
    for item in drive.frames():
        if item.truth is not None:
            moment = drive.scene.at((item.true_ns - drive.config.start_ns) / 1e9)
            found.append((item, item.truth, moment))
    return found


@pytest.fixture(scope='module')
def wet() -> tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]]:
    drive = Drive(DriveConfig(seconds=6.0, visible_hz=2.0, thermal_hz=0.1))
    return drive, visible(drive)


@pytest.mark.parametrize('lens', LENSES)
def test_the_rectified_image_of_a_dry_drive_is_the_truth_with_noise(lens: LensName) -> None:
    drive = Drive(DriveConfig(lens=lens, seconds=1.5, visible_hz=1.0, thermal_hz=0.1, rain=0.0))
    for item, truth, _ in visible(drive):
        seen = rectify(item.frame.data, drive.camera_info['visible'])
        assert seen.shape == truth.visible.shape
        difference = seen.astype(np.float64) - truth.visible
        assert np.abs(difference).mean() < 2.8
        assert abs(difference.mean()) < 0.3
        assert np.abs(shift(truth.visible, seen)).max() < 0.05


def test_the_truth_knows_no_rain(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    drive, frames = wet
    dry = Drive(DriveConfig(seconds=0.1, visible_hz=2.0, thermal_hz=0.1, rain=0.0))
    ((_, truth, _),) = visible(dry)
    item, same, _ = frames[0]
    assert np.array_equal(same.visible, truth.visible)
    rainy = rectify(item.frame.data, drive.camera_info['visible'])
    assert np.abs(rainy.astype(np.float64) - truth.visible).mean() > 8.0


def test_the_calibration_of_the_truth_is_the_rectified_view() -> None:
    drive = Drive()
    info, source = drive.truth_info, drive.camera_info['visible']
    p = np.array(source.p).reshape(3, 4)
    assert (info.width, info.height) == (source.width, source.height)
    assert np.array_equal(np.array(info.k).reshape(3, 3), p[:, :3])
    assert info.p == source.p
    assert not any(info.d)


def test_the_ground_lies_as_deep_as_the_camera_is_high(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    drive, frames = wet
    _, fy, cy = drive.truth_info.k[0], drive.truth_info.k[4], drive.truth_info.k[5]
    for _, truth, _ in frames:
        rows = np.arange(400, 480)
        expected = fy * 1.4 / (rows - cy)
        part = truth.depth[400:]
        agrees = np.isclose(part, expected[:, None], rtol=1e-5)
        assert agrees.mean() > 0.6
        assert (part <= expected[:, None] * 1.01).all()


def test_people_are_as_deep_and_as_warm_as_they_should_be(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    drive, frames = wet
    k = np.array(drive.truth_info.k).reshape(3, 3)
    seen = hidden = 0
    for _, truth, moment in frames:
        for figure in moment.figures:
            chest = (
                np.array(figure.position) - np.array(moment.camera) - np.array([0.0, 1.25, 0.0])
            )
            if figure.kind != 'person' or not 6 < chest[2] < 30:
                continue
            u, v = (k @ (chest / chest[2]))[:2]
            if not 2 < u < 637:
                continue
            depth = truth.depth[round(v), round(u)]
            # Umbrella and limbs are a little nearer or farther than the body.
            if abs(depth - chest[2]) < 0.3:
                seen += 1
                assert truth.thermal[round(v), round(u)] > 290_00
            else:
                hidden += 1
                assert depth < chest[2]
    assert seen >= 15
    assert seen > hidden


def test_the_car_ahead_has_its_distance(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    drive, frames = wet
    k = np.array(drive.truth_info.k).reshape(3, 3)
    checked = 0
    for _, truth, moment in frames:
        for figure in moment.figures:
            ahead = figure.position[2] - moment.camera[2]
            if figure.kind == 'car' and len(figure.lights) == 2 and not figure.turned:
                rear = np.array([figure.position[0], -0.45, figure.position[2] - 2.2])
                place = rear - np.array(moment.camera)
                u, v = (k @ (place / place[2]))[:2]
                depth = truth.depth[round(v), round(u)]
                # Whoever crosses the street may be in front of it.
                assert depth < ahead - 2.19
                checked += abs(depth - (ahead - 2.2)) < 0.01
    assert checked >= len(frames) - 2


def test_the_sky_is_infinitely_far_and_cold(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    _, frames = wet
    for _, truth, _ in frames:
        sky = np.isinf(truth.depth)
        assert 0.05 < sky.mean() < 0.5
        assert np.percentile(truth.thermal[sky], 99) < 279_00
        assert truth.depth.min() > 1.0
        assert not np.isnan(truth.depth).any()


def test_walls_stand_beside_the_street(
    wet: tuple[Drive, list[tuple[SynthFrame, Truth, Moment]]],
) -> None:
    drive, frames = wet
    k = drive.truth_info.k
    u = (np.arange(640) - k[2]) / k[0]
    left, right = (-9.6 - 1.75) / u[:200], (9.6 - 1.75) / u[440:]
    for _, truth, _ in frames:
        above = truth.depth[100:200]
        near = np.concatenate([above[:, :200] / left, above[:, 440:] / right], axis=1)
        assert np.isclose(near, 1.0, rtol=1e-4).mean() > 0.5
