"""The composed maps, against points and a texture on the plane seen by both cameras."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.extrinsics import Extrinsics
from nitedr_ros.geometry.pixels import pixel_grid
from nitedr_ros.geometry.registrar import Registrar

_LENSES = {
    'plumb_bob': (-0.28, 0.08, 1e-3, -2e-3, 0.0),
    'rational_polynomial': (0.5, 0.05, 1e-3, -1e-3, 0.002, 0.7, 0.1, 0.005),
    'equidistant': (-0.03, 0.01, -0.005, 0.001),
}
_small = st.floats(-0.05, 0.05)


@dataclass(frozen=True)
class Rig:
    """Two cameras and the plane; pose is the thermal camera's in the visible frame."""

    visible: CameraInfo
    thermal: CameraInfo
    pose: Extrinsics
    normal: tuple[float, float, float]
    distance: float

    def registrar(self, **config: object) -> Registrar:
        registrar = Registrar(
            GeometryConfig(
                registration='tf',
                plane_distance_m=self.distance,
                plane_normal=self.normal,
                **config,
            )
        )
        registrar.visible_info, registrar.thermal_info = self.visible, self.thermal
        registrar.transform = self.pose
        return registrar

    @property
    def unit_normal(self) -> np.ndarray:
        return np.array(self.normal) / np.linalg.norm(self.normal)

    def on_plane(self, rays: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return where rays [..., 3] from a point meet the plane, visible frame."""
        n = self.unit_normal
        along = (self.distance - n @ origin) / (rays @ n)
        return origin + along[..., None] * rays


@pytest.fixture(scope='session')
def make_rig(make_info):
    def make(lenses, turns, translation, tilt, distance, thermal_size=(640, 512)) -> Rig:
        rectification, rotation = turns
        visible = make_info(
            640, 480, lenses[0], _LENSES[lenses[0]], 520.0, 1.05, turn=rectification
        )
        thermal = make_info(
            *thermal_size, lenses[1], _LENSES[lenses[1]], 0.8 * thermal_size[0], turn=(0.1, 0, 0)
        )
        matrix, _ = cv2.Rodrigues(np.array(rotation, np.float64))
        pose = Extrinsics(matrix, np.array(translation))
        return Rig(visible, thermal, pose, (*tilt, 1.0), distance)

    return make


rigs = st.tuples(
    st.tuples(st.sampled_from(sorted(_LENSES)), st.sampled_from(sorted(_LENSES))),
    st.tuples(st.tuples(_small, _small, _small), st.tuples(_small, _small, _small)),
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
    st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    st.floats(3.0, 200.0),
)


def _plane_points(rig, view) -> np.ndarray:
    """Return the point on the plane that each output pixel shows, by camera_info alone."""
    r, p = np.reshape(rig.visible.r, (3, 3)), np.reshape(rig.visible.p, (3, 4))[:, :3]
    homogeneous = np.insert(pixel_grid(view.height, view.width), 2, 1.0, axis=-1)
    rays = homogeneous @ np.linalg.inv(p).T @ r
    return rig.on_plane(rays, np.zeros(3))


def _ramps(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two images whose values are their pixels' u and v."""
    u, v = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return u, v


@settings(max_examples=12, deadline=None)
@given(rigs)
def test_the_fixed_point_maps_take_the_right_pixels(
    make_rig, project_by_opencv, given_rig
) -> None:
    rig = make_rig(*given_rig)
    registrar = rig.registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 512, 640)
    points = _plane_points(rig, view).reshape(-1, 3)
    back = rig.pose.inverse()
    truths = (
        (
            thermal_map.apply_radiometric,
            (512, 640),
            project_by_opencv(points, rig.thermal, back.rotation, back.translation),
        ),
        (view.apply, (480, 640), project_by_opencv(points, rig.visible)),
    )
    for apply, (height, width), truth in truths:
        sampled = np.stack([apply(ramp) for ramp in _ramps(height, width)], axis=-1)
        inside = ((truth > 1.0) & (truth < (width - 2.0, height - 2.0))).all(axis=-1)
        assert inside.mean() > 0.4
        error = sampled.reshape(-1, 2)[inside] - truth[inside]
        assert np.sqrt(np.mean(np.sum(error**2, axis=-1))) <= 0.1
        assert np.abs(error).max() <= 0.1


@settings(max_examples=8, deadline=None)
@given(rigs)
def test_the_mask_is_where_the_thermal_camera_sees(make_rig, project_by_opencv, given_rig) -> None:
    rig = make_rig(*given_rig)
    registrar = rig.registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 512, 640)
    back = rig.pose.inverse()
    points = _plane_points(rig, view).reshape(-1, 3)
    truth = project_by_opencv(points, rig.thermal, back.rotation, back.translation)
    truth = truth.reshape(480, 640, 2)
    seen = ((truth >= -0.5) & (truth <= (639.5, 511.5))).all(axis=-1)
    # A pixel on the very border may round to either side.
    assert np.mean((thermal_map.mask > 0) != seen) < 1e-4
    assert set(np.unique(thermal_map.mask)) <= {0, 255}
    assert thermal_map.complete == bool((thermal_map.mask == 255).all())


def _texture(rig: Rig, points: np.ndarray) -> np.ndarray:
    """Return a smooth pattern painted on the plane, at points of it; grey levels."""
    across = np.cross((0.0, 1.0, 0.0), rig.unit_normal)
    down = np.cross(rig.unit_normal, across)
    x, y = points @ across / rig.distance, points @ down / rig.distance
    return 128.0 + 60.0 * np.sin(17.0 * x + 3.0 * y) + 50.0 * np.cos(14.0 * y - 5.0 * x)


def _photograph(rig: Rig, info: CameraInfo, pose: Extrinsics) -> np.ndarray:
    """Return what a camera at a pose sees of the texture, black where its lens shows nothing."""
    camera = CameraModel.of(info, info.height, info.width)
    rays = camera.rays(pixel_grid(info.height, info.width)) @ pose.rotation.T
    values = _texture(rig, rig.on_plane(rays, pose.translation))
    return np.clip(np.nan_to_num(values).round(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize('thermal_lens', sorted(_LENSES))
@pytest.mark.parametrize('visible_lens', sorted(_LENSES))
def test_a_texture_on_the_plane_coincides(make_rig, visible_lens, thermal_lens) -> None:
    turns = ((0.02, -0.01, 0.005), (-0.02, 0.03, 0.01))
    rig = make_rig(
        (visible_lens, thermal_lens), turns, (0.3, -0.1, 0.2), (0.2, -0.1), 8.0, (480, 384)
    )
    registrar = rig.registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 384, 480)
    here = Extrinsics.identity()
    visible = view.apply(_photograph(rig, rig.visible, here))
    seen = view.apply(np.full((480, 640), 255, np.uint8)) == 255
    thermal = thermal_map.apply(_photograph(rig, rig.thermal, rig.pose))
    both = seen & (thermal_map.mask == 255)
    assert both.mean() > 0.5
    difference = np.abs(visible.astype(float) - thermal)[both]
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99.9) <= 3.0
    # And it is the texture itself, at the right place.
    truth = _texture(rig, _plane_points(rig, view))
    assert np.abs(thermal - truth)[both].mean() < 1.0


def test_a_view_that_is_not_rectified_coincides_as_well(make_rig) -> None:
    turns = ((0.02, -0.01, 0.005), (-0.02, 0.03, 0.01))
    rig = make_rig(('plumb_bob', 'equidistant'), turns, (0.3, -0.1, 0.2), (0.2, -0.1), 8.0)
    registrar = rig.registrar(rectify=False)
    view = registrar.view(480, 640)
    image = _photograph(rig, rig.visible, Extrinsics.identity())
    assert view.apply(image) is image
    thermal_map = registrar.thermal_map(view, 512, 640)
    thermal = thermal_map.apply(_photograph(rig, rig.thermal, rig.pose))
    difference = np.abs(image.astype(float) - thermal)[thermal_map.mask == 255]
    assert difference.mean() < 1.0
    assert view.camera_info == rig.visible


def test_parallax_is_what_things_at_other_distances_show(make_rig, project_by_opencv) -> None:
    turns = ((0.02, -0.01, 0.005), (-0.02, 0.03, 0.01))
    rig = make_rig(('plumb_bob', 'equidistant'), turns, (0.4, -0.1, 0.2), (0.0, 0.0), 20.0)
    registrar = rig.registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 512, 640)
    at_plane, near, far = thermal_map.parallax((20.0, 5.0, 1e6))
    assert at_plane.max_px < 1e-6
    assert near.max_px >= near.mean_px > far.mean_px > 1.0
    # A thing 5 m away in the middle of the view, and where the map shows what is there.
    ray = view.rays(np.array([319.5, 239.5]))
    back = rig.pose.inverse()
    warm = project_by_opencv(
        replace(rig, distance=5.0).on_plane(ray, np.zeros(3))[None],
        rig.thermal,
        back.rotation,
        back.translation,
    )
    u, v = (thermal_map.apply_radiometric(ramp) for ramp in _ramps(512, 640))
    away = np.hypot(u - warm[0, 0], v - warm[0, 1])
    shown = np.unravel_index(int(np.nanargmin(away)), away.shape)
    displaced = np.hypot(shown[1] - 319.5, shown[0] - 239.5)
    assert displaced == pytest.approx(near.centre_px, abs=1.0)
    middle = np.full((3, 2), (319.5, 239.5))
    depth = rig.distance / (ray / ray[2] @ rig.unit_normal)
    moved = thermal_map.displaced(middle, np.array((depth, depth / 4, np.inf)))
    assert moved is not None
    np.testing.assert_allclose(moved[0], 0.0, atol=1e-9)
    np.testing.assert_allclose(moved[1], (shown[1] - 319.5, shown[0] - 239.5), atol=1.0)
    assert np.hypot(*moved[2]) == pytest.approx(far.centre_px, rel=1e-3)


def test_beyond_the_horizon_of_the_plane_is_infinitely_far(make_rig, project_by_opencv) -> None:
    still = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    rig = make_rig(('plumb_bob', 'plumb_bob'), still, (0.3, -0.1, 0.0), (0.0, 0.0), 1.5)
    # The road, 1.5 m below the camera: the upper half of the view shows no road.
    road = replace(rig, normal=(0.0, 1.0, 0.0))
    registrar = road.registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 512, 640)
    ray = view.rays(np.array([300.0, 100.0]))
    assert ray[1] < 0.0
    far = project_by_opencv(ray[None] * 1e9, rig.thermal)[0]
    u, v = (thermal_map.apply_radiometric(ramp)[100, 300] for ramp in _ramps(512, 640))
    np.testing.assert_allclose((u, v), far, atol=0.1)


def test_parallax_over_the_road_is_that_of_things_at_a_depth(make_rig, project_by_opencv) -> None:
    still = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    rig = make_rig(('plumb_bob', 'plumb_bob'), still, (0.3, -0.1, 0.0), (0.0, 0.0), 1.5)
    registrar = replace(rig, normal=(0.0, 1.0, 0.0)).registrar()
    view = registrar.view(480, 640)
    thermal_map = registrar.thermal_map(view, 512, 640)
    # A thing 20 m ahead, above the horizon and on the road.
    ramps = tuple(thermal_map.apply_radiometric(ramp) for ramp in _ramps(512, 640))
    for pixel in (np.array((300.0, 150.0)), np.array((300.0, 320.0))):
        ray = view.rays(pixel)
        thing = ray / ray[2] * 20.0
        back = rig.pose.inverse()
        warm = project_by_opencv(thing[None], rig.thermal, back.rotation, back.translation)[0]
        moved = thermal_map.displaced(pixel, np.array(20.0))
        assert moved is not None
        u, v = pixel + moved
        shown = [float(cv2.getRectSubPix(ramp, (1, 1), (u, v))[0, 0]) for ramp in ramps]
        np.testing.assert_allclose(shown, warm, atol=0.2)
    (far,) = thermal_map.parallax((1e6,))
    assert np.isfinite((far.centre_px, far.mean_px)).all()
    unknown = thermal_map.displaced(np.full((3, 2), 300.0), np.array((0.0, -1.0, np.nan)))
    assert np.isnan(unknown).all()
