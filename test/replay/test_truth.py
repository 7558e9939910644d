"""Which truth a bag holds, and how it comes into the view of an output."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nitedr_ros.bags.reader import TopicInfo
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.replay.truth import find_truth
from nitedr_ros.replay.truth_view import truth_view

IMAGE, INFO = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
TIME = 'sensor_msgs/msg/TimeReference'
HEIGHT, WIDTH = 120, 160


def pinhole(f: float, cx: float, cy: float, size: tuple[int, int], d=(), r=None) -> CameraInfo:
    k = (f, 0.0, cx, 0.0, f, cy, 0.0, 0.0, 1.0)
    p = (f, 0.0, cx, 0.0, 0.0, f, cy, 0.0, 0.0, 0.0, 1.0, 0.0)
    r = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0) if r is None else r
    return CameraInfo(size[1], size[0], 'plumb_bob', tuple(d) or (0.0,) * 5, k, r, p)


TURNED = tuple(cv2.Rodrigues(np.array((0.01, -0.02, 0.03)))[0].ravel().tolist())
TRUE_INFO = pinhole(150.0, 79.5, 59.5, (HEIGHT, WIDTH))


def picture(info: CameraInfo, size: tuple[int, int]) -> np.ndarray:
    """A smooth scene at infinity, as a function of the rectified ray, seen by a camera."""
    model = CameraModel.of(info, *size)
    grid = np.stack(np.meshgrid(np.arange(size[1]), np.arange(size[0])), axis=-1).astype(float)
    rays = model.rays(grid) @ model.rotation.T
    x, y = rays[..., 0] / rays[..., 2], rays[..., 1] / rays[..., 2]
    return (128 + 60 * np.sin(9 * x) + 50 * np.cos(11 * y)).astype(np.float32)


def test_the_topics_there_are_are_found() -> None:
    names = {
        '/truth/visible/image': IMAGE,
        '/truth/visible/camera_info': INFO,
        '/truth/thermal/image': IMAGE,
        '/truth/thermal/camera_info': INFO,
        '/truth/depth/image': IMAGE,
        '/truth/visible/time_reference': TIME,
        '/truth/thermal/time_reference': TIME,
    }
    topics = [TopicInfo(name, kind, 3) for name, kind in names.items()]
    found = find_truth(topics)
    assert found is not None
    assert found.names == set(names)
    assert found.thermal_time == '/truth/thermal/time_reference'


@pytest.mark.parametrize(
    'topics',
    [
        [],
        [TopicInfo('/visible/image_raw', IMAGE, 5)],
        [TopicInfo('/truth/visible/image', IMAGE, 0)],
        [TopicInfo('/truth/visible/image', 'sensor_msgs/msg/PointCloud2', 5)],
        [TopicInfo('/truth/visible/camera_info', INFO, 5)],
        [TopicInfo('/truth/visible/time_reference', TIME, 5)],
    ],
    ids=['empty', 'camera', 'silent', 'other type', 'no image', 'one camera only'],
)
def test_a_bag_with_nothing_to_compare_with_has_no_truth(topics: list[TopicInfo]) -> None:
    assert find_truth(topics) is None


def test_half_of_it_is_enough() -> None:
    found = find_truth([TopicInfo('/truth/thermal/image', IMAGE, 1)])
    assert found is not None
    assert (found.visible, found.thermal) == (None, '/truth/thermal/image')


def test_the_same_view_is_handed_on_untouched() -> None:
    image = picture(TRUE_INFO, (HEIGHT, WIDTH))
    view = truth_view((HEIGHT, WIDTH), TRUE_INFO, (HEIGHT, WIDTH), TRUE_INFO)
    assert view.apply(image) is image
    assert view.mask is None


@pytest.mark.parametrize(
    ('size', 'info'),
    [
        ((60, 80), pinhole(75.0, 39.5, 29.5, (60, 80))),
        ((90, 120), pinhole(112.5, 59.5, 44.5, (90, 120))),
        ((120, 160), pinhole(160.0, 80.25, 58.0, (120, 160))),
        ((120, 160), pinhole(170.0, 80.0, 60.0, (120, 160), d=(-0.2, 0.05, 0.001, 0.0, 0.0))),
        ((120, 160), pinhole(190.0, 80.0, 60.0, (120, 160), r=TURNED)),
    ],
    ids=['half', 'smaller', 'other K', 'distorted', 'not rectified'],
)
def test_the_truth_is_seen_as_the_output_sees_it(size: tuple[int, int], info: CameraInfo) -> None:
    view = truth_view((HEIGHT, WIDTH), TRUE_INFO, size, info)
    error = np.abs(view.apply(picture(TRUE_INFO, (HEIGHT, WIDTH))) - picture(info, size))
    seen = np.ones(size, bool) if view.mask is None else view.mask
    assert seen.mean() > 0.9
    # The outermost pixels may lie half outside.
    assert error[2:-2, 2:-2][seen[2:-2, 2:-2]].max() < 0.8


def test_what_the_truth_does_not_show_is_masked() -> None:
    wide = pinhole(100.0, 79.5, 59.5, (HEIGHT, WIDTH))
    view = truth_view((HEIGHT, WIDTH), TRUE_INFO, (HEIGHT, WIDTH), wide)
    assert view.mask is not None
    assert view.mask.mean() == pytest.approx((100 / 150) ** 2, abs=0.02)
    assert view.mask[60, 80]
    assert not view.mask[0, 0]


@pytest.mark.parametrize('info', [None, CameraInfo(80, 60)], ids=['none', 'zeros'])
def test_without_calibration_both_show_the_same_view(info: CameraInfo | None) -> None:
    image = np.add.outer(np.arange(HEIGHT), 2 * np.arange(WIDTH)).astype(np.float32)
    view = truth_view((HEIGHT, WIDTH), TRUE_INFO, (60, 80), info)
    # OpenCV's replicated border costs the last row and column 1/32 pixel.
    np.testing.assert_allclose(
        view.apply(image), image.reshape(60, 2, 80, 2).mean((1, 3)), rtol=0, atol=0.2
    )
    assert view.mask is None
