"""What registration applies, when maps are made anew, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.extrinsics import Extrinsics
from nitedr_ros.geometry.registrar import Registrar

_POSE = Extrinsics.from_quaternion((0.0, 0.01, 0.0, 1.0), (0.2, 0.0, 0.0))
_EYE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def registrar_of(make_info):
    def make(transform=_POSE, crop=(0, 0), thermal=None, visible=None, **config) -> Registrar:
        registrar = Registrar(GeometryConfig(**config), crop)
        registrar.visible_info = visible or make_info(d=(-0.2, 0.0, 0.0, 0.0, 0.0))
        registrar.thermal_info = thermal or make_info(320, 256, focal=250.0)
        registrar.transform = transform
        return registrar

    return make


def _map(registrar, height=256, width=320):
    return registrar.thermal_map(registrar.view(480, 640), height, width)


def test_auto_takes_what_there_is(registrar_of) -> None:
    registrar = registrar_of()
    assert registrar.kind == 'extrinsics'
    registrar.transform = None
    assert registrar.kind == 'aligned'
    registrar.transform = _POSE
    registrar.thermal_info = CameraInfo(320, 256)
    assert registrar.kind == 'aligned'
    registrar.thermal_info = None
    assert registrar.kind == 'aligned'


@pytest.mark.parametrize(
    ('asked', 'kind'),
    [
        ('aligned', 'aligned'),
        ('homography', 'homography'),
        ('extrinsics', 'extrinsics'),
        ('tf', 'extrinsics'),
    ],
)
def test_what_is_asked_for_applies(asked, kind) -> None:
    assert Registrar(GeometryConfig(registration=asked)).kind == kind


def test_maps_are_made_once_and_anew_when_something_changes(registrar_of, make_info) -> None:
    registrar = registrar_of()
    view, thermal_map = registrar.view(480, 640), _map(registrar)
    registrar.visible_info = replace(registrar.visible_info)
    registrar.thermal_info = replace(registrar.thermal_info)
    registrar.transform = Extrinsics(_POSE.rotation.copy(), _POSE.translation.copy())
    assert registrar.view(480, 640) is view
    assert _map(registrar) is thermal_map

    registrar.transform = Extrinsics.identity()
    assert registrar.view(480, 640) is view
    turned = _map(registrar)
    assert turned is not thermal_map
    registrar.thermal_info = make_info(320, 256, focal=260.0)
    assert _map(registrar) is not turned
    assert registrar.view(480, 640) is view
    registrar.visible_info = make_info()
    assert registrar.view(480, 640) is not view
    assert registrar.view(240, 320) is not registrar.view(480, 640)
    registrar.transform = None
    assert registrar.view(480, 640).apply(np.zeros((480, 640, 3), np.uint8)).shape[0] == 480
    assert registrar.kind == 'aligned'


def test_aligned_images_are_resized_and_all_valid(registrar_of) -> None:
    registrar = registrar_of(transform=None, processing_size=(160, 128))
    thermal_map = _map(registrar)
    image = np.random.default_rng(0).integers(0, 256, (256, 320), np.uint8)
    expected = cv2.resize(image, (160, 128), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(thermal_map.apply(image), expected)
    assert thermal_map.complete
    assert (thermal_map.mask == 255).all()
    assert thermal_map.parallax((5.0,)) == []
    values = np.full((256, 320), 30000, np.uint16)
    assert (thermal_map.apply_radiometric(values) == 30000).all()
    same = _map(registrar, 128, 160)
    small = np.zeros((128, 160), np.uint8)
    assert same.apply(small) is small


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
def test_values_are_invalid_where_the_thermal_camera_sees_nothing(registrar_of, dtype) -> None:
    far_off = Extrinsics.from_quaternion((0.0, 0.15, 0.0, 1.0), (0.0, 0.0, 0.0))
    thermal_map = _map(registrar_of(transform=far_off))
    assert not thermal_map.complete
    image = np.full((256, 320), 77, dtype)
    values = thermal_map.apply_radiometric(image)
    assert values.dtype == dtype
    unseen = thermal_map.mask == 0
    assert 0.1 < unseen.mean() < 0.9
    assert (values[~unseen] == 77).all()
    invalid = np.isnan(values[unseen]) if dtype == np.float32 else values[unseen] == 0
    assert invalid.all()
    # The networks get no edge there.
    assert (thermal_map.apply(np.full((256, 320), 77, np.uint8)) == 77).all()


@settings(max_examples=10, deadline=None)
@given(st.tuples(*(st.floats(-0.1, 0.1),) * 4), st.sampled_from([1.0, -2.0]))
def test_a_homography_leads_from_rectified_to_rectified_pixels(make_info, numbers, sign) -> None:
    a, b, c, d = numbers
    matrix = np.array([[0.5 + a, b, 9.0], [c, 0.53 + d, -4.0], [1e-5, -2e-5, 1.0]])
    registrar = Registrar(
        GeometryConfig(registration='homography', homography=tuple((sign * matrix).ravel()))
    )
    visible = make_info(d=(-0.2, 0.0, 0.0, 0.0, 0.0))
    thermal = make_info(320, 256, 'equidistant', (-0.02, 0.0, 0.0, 0.0), 250.0, turn=(0.02, 0, 0))
    registrar.visible_info, registrar.thermal_info = visible, thermal
    thermal_map = _map(registrar)
    u, v = np.meshgrid(np.arange(320, dtype=np.float32), np.arange(256, dtype=np.float32))
    got = [thermal_map.apply_radiometric(ramp)[200, 300] for ramp in (u, v)]
    x, y, w = matrix @ (300.0, 200.0, 1.0)
    model = CameraModel.of(thermal, 256, 320)
    rectified = np.linalg.inv(model.rectified_k) @ (x / w, y / w, 1.0)
    truth = model.project(model.rotation.T @ rectified)
    np.testing.assert_allclose(got, truth, atol=0.05)


@pytest.mark.parametrize('rectify', [True, False])
def test_a_homography_is_scaled_to_the_sizes_there_are(registrar_of, rectify) -> None:
    # Made on images of half the visible and twice the thermal size; outputs are smaller still.
    registrar = registrar_of(
        registration='homography',
        rectify=rectify,
        homography=_EYE,
        homography_visible_size=(1280, 960),
        homography_thermal_size=(1280, 1024),
        processing_size=(320, 240),
    )
    registrar.thermal_info = None
    thermal_map = _map(registrar)
    u = np.tile(np.arange(320, dtype=np.float32), (256, 1))
    expected = ((100 + 0.5) * 4.0) / 4.0 - 0.5
    assert thermal_map.apply_radiometric(u)[100, 100] == pytest.approx(expected, abs=0.05)


def test_telemetry_rows_are_allowed_for(registrar_of, make_info) -> None:
    whole = make_info(320, 259, focal=250.0)
    cropped = replace(
        whole,
        height=256,
        k=(*whole.k[:5], whole.k[5] - 2.0, *whole.k[6:]),
        p=(*whole.p[:6], whole.p[6] - 2.0, *whole.p[7:]),
    )
    image = np.random.default_rng(0).integers(0, 256, (256, 320), np.uint8)
    with_rows = _map(registrar_of(thermal=whole, crop=(2, 1))).apply(image)
    np.testing.assert_array_equal(with_rows, _map(registrar_of(thermal=cropped)).apply(image))


_UNCALIBRATED = CameraInfo(320, 256)


@pytest.mark.parametrize(
    ('change', 'config', 'says'),
    [
        ({'transform': None}, {'registration': 'tf'}, 'expected a transform'),
        ({'thermal_info': None}, {'registration': 'tf'}, 'thermal camera_info: expected one'),
        ({'visible_info': None}, {'registration': 'tf'}, 'visible camera_info: expected one'),
        ({'visible_info': None}, {'registration': 'extrinsics'}, 'visible camera_info: expected'),
        ({'thermal_info': _UNCALIBRATED}, {'registration': 'extrinsics'}, 'thermal .* K of zeros'),
        ({}, {'registration': 'extrinsics', 'translation_m': (0, 0, 25)}, 'beyond both cameras'),
        ({}, {'registration': 'extrinsics', 'rotation_xyzw': (0, 1, 0, 0)}, 'got none; check'),
        ({}, {'registration': 'homography', 'homography': (1,) * 9}, 'can be inverted'),
        ({}, {'registration': 'homography', 'homography': (0,) * 9}, 'can be inverted'),
        (
            {},
            {'registration': 'homography', 'homography': (1, 0, 1e5, 0, 1, 0, 0, 0, 1)},
            'see part of the visible view',
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(registrar_of, change, config, says) -> None:
    registrar = registrar_of(**config)
    for name, value in change.items():
        setattr(registrar, name, value)
    for _ in range(2):
        with pytest.raises(CalibrationError, match=says) as caught:
            _map(registrar)
        assert '\n' not in str(caught.value)


def test_a_bad_calibration_names_its_camera(registrar_of, make_info) -> None:
    wrong = make_info(320, 256, model='fov')
    with pytest.raises(CalibrationError, match=r"^thermal camera_info: .* got 'fov'"):
        _map(registrar_of(thermal=wrong))
    with pytest.raises(CalibrationError, match=r"^visible camera_info: .* got 'fov'"):
        _map(registrar_of(visible=make_info(model='fov')))


def test_it_recovers_from_a_bad_calibration(registrar_of, make_info) -> None:
    registrar = registrar_of(thermal=make_info(320, 256, model='fov'))
    with pytest.raises(CalibrationError):
        _map(registrar)
    registrar.thermal_info = make_info(320, 256)
    assert _map(registrar).mask.any()


def test_the_weight_fades_to_nothing_where_the_thermal_camera_sees_nothing(make_info) -> None:
    registrar = Registrar(GeometryConfig(registration='extrinsics'))
    registrar.visible_info = make_info()
    registrar.thermal_info = make_info(focal=700.0)
    thermal_map = registrar.thermal_map(registrar.view(480, 640), 480, 640)
    assert not thermal_map.complete
    weight, seen = thermal_map.weight, thermal_map.mask > 0
    assert weight.dtype == np.float32
    assert not weight[~seen].any()
    assert (weight[seen] > 0.0).all()
    assert weight[240, 320] == 1.0
    assert np.abs(np.diff(weight, axis=1)).max() < 0.08
    registrar.thermal_info = make_info(focal=300.0)
    wide = registrar.thermal_map(registrar.view(480, 640), 480, 640)
    assert wide.complete
    assert (wide.weight == 1.0).all()
