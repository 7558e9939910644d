"""A scene of spots that two distorted cameras see, and pairs of points in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.align.point_pairs import PointPairs
from nitedr_ros.bags.messages import camera_info_message, image_message
from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
VISIBLE = CameraInfo(
    320,
    240,
    'plumb_bob',
    (-0.25, 0.06, 0.001, -0.0005, 0.0),
    (210.0, 0.0, 158.0, 0.0, 211.0, 121.0, 0.0, 0.0, 1.0),
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    (195.0, 0.0, 160.0, 0.0, 0.0, 195.0, 119.0, 0.0, 0.0, 0.0, 1.0, 0.0),
)
THERMAL = CameraInfo(
    160,
    128,
    'plumb_bob',
    (-0.32, 0.1, 0.0, 0.001, 0.0),
    (120.0, 0.0, 81.0, 0.0, 119.0, 62.0, 0.0, 0.0, 1.0),
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    (110.0, 0.0, 80.0, 0.0, 0.0, 110.0, 63.0, 0.0, 0.0, 0.0, 1.0, 0.0),
)
HOMOGRAPHY = np.array([[0.46, 0.012, 6.0], [-0.009, 0.47, 5.0], [2e-5, -3e-5, 1.0]])
SPOTS = np.array(
    [(x, y) for y in (45.0, 120.0, 195.0) for x in (50.0, 125.0, 200.0, 270.0)], np.float64
)
"""Rectified visible pixels."""


class Scene:
    """The spots, and where they are in every picture."""

    visible_info = VISIBLE
    thermal_info = THERMAL
    homography = HOMOGRAPHY
    spots = SPOTS

    @property
    def forth(self) -> np.ndarray:
        """The spots in rectified thermal pixels."""
        return cv2.perspectiveTransform(self.spots[None], self.homography)[0]

    def raw(self, rectified: np.ndarray, info: CameraInfo) -> np.ndarray:
        """Return pixels as the camera sends them."""
        camera = CameraModel.of(info, info.height, info.width)
        ones = np.ones((len(rectified), 1))
        rays = np.hstack((rectified, ones)) @ np.linalg.inv(camera.rectified_k).T
        return camera.project(rays)

    def thermal_raw(self) -> np.ndarray:
        """Return what the thermal camera sends, centikelvin, uint16."""
        picture = draw(self.raw(self.forth, THERMAL), THERMAL, 2.0)
        return (28_000 + 2_000 * picture).astype(np.uint16)

    def visible_raw(self) -> np.ndarray:
        """Return what the visible camera sends, uint8 BGR, its spots orange."""
        picture = draw(self.raw(self.spots, VISIBLE), VISIBLE, 2.5)
        return (picture[..., None] * np.array([60.0, 120.0, 230.0])).astype(np.uint8)

    def centre_near(self, image: np.ndarray, place: np.ndarray, reach: int = 9) -> np.ndarray:
        """Return the centre of brightness of the spot around a pixel."""
        u, v = np.round(place).astype(int)
        top, left = max(0, v - reach), max(0, u - reach)
        window = image[top : v + reach + 1, left : u + reach + 1].astype(np.float64)
        window = np.clip(window - np.percentile(window, 60), 0, None)
        y, x = np.mgrid[: window.shape[0], : window.shape[1]]
        inside = np.array([(x * window).sum(), (y * window).sum()]) / window.sum()
        return np.array([left, top]) + inside


def draw(centres: np.ndarray, info: CameraInfo, sigma: float) -> np.ndarray:
    """Return a picture of round spots, float64 [height, width], 0 to 1."""
    y, x = np.mgrid[: info.height, : info.width]
    picture = np.zeros((info.height, info.width))
    for u, v in centres:
        picture += np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * sigma**2))
    return picture


@pytest.fixture
def scene() -> Scene:
    """A scene of spots that two distorted cameras see."""
    return Scene()


@pytest.fixture
def make_drive(tmp_path: Path, scene: Scene) -> Callable[..., Path]:
    """Return a function that writes a bag of the scene."""

    def make(
        *,
        thermal_clock_ns: int = 0,
        calibrated: Collection[str] = ('visible', 'thermal'),
        telemetry_rows: int = 0,
        cameras: Collection[str] = ('visible', 'thermal'),
        thermal_encoding: str = 'mono16',
    ) -> Path:
        path = tmp_path / 'drive'
        events = [(ms, 'visible') for ms in range(0, 2000, 100)]
        events += [(ms, 'thermal') for ms in range(40, 2000, 130)]
        infos = {'visible': VISIBLE, 'thermal': THERMAL}
        rows = np.full((telemetry_rows, THERMAL.width), 65_535, np.uint16)
        images = {
            'visible': scene.visible_raw(),
            'thermal': np.vstack((rows, scene.thermal_raw())),
        }
        encodings = {'visible': 'bgr8', 'thermal': thermal_encoding}
        with BagWriter(path) as writer:
            for ms, sensor in sorted(events):
                if sensor not in cameras:
                    continue
                receive = START_NS + ms * MS
                stamp = receive + (thermal_clock_ns if sensor == 'thermal' else 0)
                frame_id, info = f'{sensor}_optical_frame', infos[sensor]
                if sensor not in calibrated:
                    info = CameraInfo(info.width, info.height)
                for name, message in (
                    ('camera_info', camera_info_message(stamp, frame_id, info)),
                    (
                        'image_raw',
                        image_message(stamp, frame_id, encodings[sensor], images[sensor]),
                    ),
                ):
                    writer.write(f'/{sensor}/{name}', message, receive)
        return path

    return make


@pytest.fixture
def pairs(scene: Scene) -> PointPairs:
    """The spots in both rectified images, set by a hand that trembles by 0.2 px."""
    rng = np.random.default_rng(8)
    return PointPairs(
        scene.spots + rng.normal(0, 0.2, SPOTS.shape),
        scene.forth + rng.normal(0, 0.1, SPOTS.shape),
    )


@pytest.fixture
def images(scene: Scene) -> ImagePair:
    """The scene as ideal cameras would show it."""
    shown = draw(scene.spots, VISIBLE, 2.5) * 230
    warm = draw(scene.forth, THERMAL, 2.0) * 200
    return ImagePair(
        np.repeat(shown[..., None], 3, axis=2).astype(np.uint8),
        warm.astype(np.uint8),
        rectified=('visible', 'thermal'),
        source='a drawn scene',
    )
