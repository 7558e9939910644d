"""The pipeline with cameras of different views: what is registered, and what is said if not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.config.load import load_config
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import pipeline_status
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.status import WARN
from nitedr_ros.thermal.thermal_frame import ThermalFrame

MS = 1_000_000
START_MS = 1_700_000_000_000
SIZE = (48, 64)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def camera_info(height: int, width: int, focal: float, d: tuple[float, ...] = ()) -> CameraInfo:
    k = (focal, 0.0, (width - 1) / 2, 0.0, focal, (height - 1) / 2, 0.0, 0.0, 1.0)
    p = (*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0)
    return CameraInfo(width, height, 'plumb_bob', d, k, IDENTITY, p)


VISIBLE, THERMAL = camera_info(48, 64, 60.0), camera_info(24, 32, 24.0)


def transforms(x: float = 0.0) -> SimpleNamespace:
    """A tf2_msgs/TFMessage that joins both optical frames by a common base."""

    def stamped(child: str, place: float) -> SimpleNamespace:
        return SimpleNamespace(
            header=SimpleNamespace(frame_id='base_link'),
            child_frame_id=child,
            transform=SimpleNamespace(
                translation=SimpleNamespace(x=place, y=0.0, z=0.0),
                rotation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0),
            ),
        )

    return SimpleNamespace(
        transforms=[stamped('visible_optical_frame', 0.0), stamped('thermal_optical_frame', x)]
    )


def run(
    pipeline: Pipeline,
    messages,
    thermal: np.ndarray | None = None,
    count: int = 1,
    moves: bool = True,
) -> Output:
    """Offer `count` pairs and return the last output; moves: the thermal picture changes."""
    if thermal is None:
        thermal = np.full((24, 32), 90, np.uint8)
    encoding = {'uint8': 'mono8', 'uint16': 'mono16'}[thermal.dtype.name]
    outputs = []
    for number in range(count):
        stamp = START_MS + 100 * number
        picture = thermal + thermal.dtype.type(moves and number % 2)
        warm = messages.image(stamp, encoding, picture, 'thermal_optical_frame')
        pipeline.offer(Sensor.THERMAL, warm, (stamp + 5) * MS)
        pipeline.offer(Sensor.VISIBLE, messages.visible(stamp, size=SIZE), (stamp + 6) * MS)
        outputs += [pipeline.process(s) for s in pipeline.ready()]
    pipeline.finish()
    outputs += [pipeline.process(s) for s in pipeline.ready()]
    assert len(outputs) == count
    assert outputs[-1] is not None
    return outputs[-1]


def configured(**geometry: object):
    return load_config(None, {f'geometry.{name}': value for name, value in geometry.items()})


def test_transforms_and_calibrations_register_by_themselves(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_transforms(transforms())
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    thermal = np.full((24, 32), 90, np.uint8)
    thermal[10:14, 14:18] = 250
    output = run(pipeline, messages, thermal)
    assert pipeline.registration.kind == 'extrinsics'
    assert output.mode is Mode.FULL
    # Focal lengths 60 and 24 pixels: a thermal pixel covers 2.5 visible ones, about the centre.
    assert output.thermal_registered is not None
    rows, columns = np.nonzero(output.thermal_registered > 170)
    assert abs(rows.mean() - 23.5) < 0.1
    assert abs(columns.mean() - 31.5) < 0.1
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (10, 10)
    assert output.camera_info is not None
    assert output.camera_info.k == VISIBLE.k


def test_without_a_transform_calibrated_cameras_are_taken_for_aligned(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    output = run(pipeline, messages)
    assert pipeline.registration.kind == 'aligned'
    assert output.mode is Mode.FULL
    assert output.mask is not None
    assert (output.mask == 255).all()
    (line,) = pipeline.warnings
    assert 'between visible_optical_frame and thermal_optical_frame' in line
    sure = Pipeline(configured(registration='aligned'), engine)
    sure.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    sure.registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    assert sure.warnings == []
    alike = Pipeline(configured(), engine)
    alike.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    alike.registration.learn_camera_info(Sensor.THERMAL, camera_info(24, 32, 30.0))
    assert alike.warnings == []


@pytest.mark.parametrize(
    ('visible', 'thermal', 'said'),
    [
        (None, THERMAL, 'visible camera_info'),
        (VISIBLE, None, 'thermal camera_info'),
        (VISIBLE, CameraInfo(32, 24), 'thermal camera_info'),
        (camera_info(48, 48, 60.0), THERMAL, 'visible camera_info'),
    ],
)
def test_a_calibration_that_lacks_leaves_the_derained_image(
    engine, messages, visible, thermal, said: str
) -> None:
    pipeline = Pipeline(configured(registration='extrinsics'), engine)
    for sensor, info in ((Sensor.VISIBLE, visible), (Sensor.THERMAL, thermal)):
        if info is not None:
            pipeline.registration.learn_camera_info(sensor, info)
    output = run(pipeline, messages)
    assert output.mode is Mode.VISIBLE_ONLY
    assert said in output.reason
    assert '\n' not in output.reason
    assert output.thermal_registered is None
    np.testing.assert_array_equal(output.fused, output.derained)
    status = pipeline_status(pipeline)
    assert (status.level, status.message) == (WARN, output.reason)
    # It recovers as soon as the calibration is there.
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    assert run(pipeline, messages, count=6).mode is Mode.FULL
    assert pipeline.warnings == []


def test_a_message_that_is_no_calibration_is_said_and_forgotten(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, SimpleNamespace(width=3))
    assert 'expected a sensor_msgs/CameraInfo' in pipeline.warnings[0]
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    assert pipeline.warnings == []


def test_where_thermal_does_not_see_the_derained_image_stays(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_transforms(transforms())
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, camera_info(24, 32, 40.0))
    scene = np.full((24, 32), 29_000, np.uint16)
    scene[:, 16:] = 30_000
    output = run(pipeline, messages, scene)
    assert output.mask is not None
    assert output.radiometric is not None
    assert output.derained is not None
    seen = output.mask != 0
    assert 0.2 < seen.mean() < 0.6
    np.testing.assert_array_equal(output.fused[~seen], output.derained[~seen])
    # Between them it fades, and where only thermal pixels are around it is fused.
    gain = output.fused.astype(int) - output.derained
    assert set(np.unique(gain[seen])) == {0, 1}
    assert (gain[20:28, 28:36] == 1).all()
    assert (output.radiometric[~seen] == 0).all()
    assert set(np.unique(output.radiometric[:, :28][seen[:, :28]])) == {29_000}
    assert output.thermal_registered is not None
    assert output.thermal_registered.min() == output.thermal_registered[0, 0]


def test_processing_size_and_full_size_output(engine, messages) -> None:
    small = configured(processing_size=(32, 24), full_size_output=True)
    pipeline = Pipeline(small, engine)
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    output = run(pipeline, messages)
    assert engine.calls[0][0].shape == (24, 32, 3)
    assert output.thermal_registered is not None
    assert output.thermal_registered.shape == (24, 32)
    assert output.fused.shape == (48, 64, 3)
    assert output.derained is not None
    assert output.derained.shape == (48, 64, 3)
    assert output.image_info is not None
    assert output.camera_info is not None
    assert (output.image_info.width, output.image_info.k[0]) == (64, 60.0)
    assert (output.camera_info.width, output.camera_info.k[0]) == (32, 30.0)


def test_a_calibration_with_binning_holds_for_the_images_as_they_come(engine, messages) -> None:
    binned = camera_info(96, 128, 120.0)
    binned = CameraInfo(
        128, 96, 'plumb_bob', (), binned.k, IDENTITY, binned.p, 2, 2, RegionOfInterest()
    )
    pipeline = Pipeline(configured(registration='extrinsics'), engine)
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, binned)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    output = run(pipeline, messages)
    assert output.mode is Mode.FULL
    assert output.camera_info is not None
    assert output.camera_info.k[:3] == (60.0, 0.0, 31.5)


def test_a_frozen_thermal_picture_is_its_own_mode(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    output = run(pipeline, messages, count=6, moves=False)
    assert output.mode is Mode.THERMAL_FROZEN
    assert output.thermal_frozen
    assert output.reason == 'thermal picture frozen'
    np.testing.assert_array_equal(output.fused, output.derained)


def test_cameras_of_different_clocks_are_named_in_the_reason(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    outputs = []
    for number in range(60):
        stamp = START_MS + 33 * number
        pipeline.offer(Sensor.VISIBLE, messages.visible(stamp), (stamp + 10) * MS)
        if number % 3 == 0:
            warm = messages.thermal(stamp - 7_200_000, 90 + number % 2)
            pipeline.offer(Sensor.THERMAL, warm, (stamp + 12) * MS)
        outputs += [pipeline.process(s) for s in pipeline.ready()]
    assert outputs[-1].mode is Mode.VISIBLE_ONLY
    assert 'set pairing.thermal_offset_ms: 7200002' in outputs[-1].reason
    assert outputs[-1].reason in pipeline.warnings
    mended = Pipeline(load_config(None, {'pairing.thermal_offset_ms': 7_200_002.0}), engine)
    for number in range(12):
        stamp = START_MS + 33 * number
        warm = messages.thermal(stamp - 7_200_000, 90 + number % 2)
        mended.offer(Sensor.THERMAL, warm, (stamp + 12) * MS)
        mended.offer(Sensor.VISIBLE, messages.visible(stamp), (stamp + 13) * MS)
    assert {mended.process(s).mode for s in mended.ready()} == {Mode.FULL}
    assert mended.warnings == []


def test_the_images_say_which_frame_they_are_in(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_transforms(transforms(x=4.0))
    named = SimpleNamespace(**vars(THERMAL), header=SimpleNamespace(frame_id='base_link'))
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    pipeline.registration.learn_camera_info(Sensor.THERMAL, named)
    before = run(pipeline, messages)
    stamp = START_MS + 500
    warm = messages.image(stamp, 'mono8', np.full((24, 32), 91, np.uint8), 'thermal_optical_frame')
    pipeline.offer(Sensor.THERMAL, warm, (stamp + 5) * MS)
    # Its driver sends it after the image, in a frame that is not the camera's.
    pipeline.registration.learn_camera_info(Sensor.THERMAL, named)
    pipeline.offer(Sensor.VISIBLE, messages.visible(stamp, size=SIZE), (stamp + 6) * MS)
    pipeline.finish()
    (after,) = (pipeline.process(frame_set) for frame_set in pipeline.ready())
    assert before.mask is not None
    assert after is not None
    np.testing.assert_array_equal(after.mask, before.mask)


@pytest.mark.parametrize('thermal', [None, CameraInfo(32, 24)])
def test_cameras_set_apart_by_a_transform_are_hardly_aligned(engine, messages, thermal) -> None:
    pipeline = Pipeline(configured(), engine)
    pipeline.registration.learn_transforms(transforms(x=0.3))
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    if thermal is not None:
        pipeline.registration.learn_camera_info(Sensor.THERMAL, thermal)
    assert run(pipeline, messages).mode is Mode.FULL
    (line,) = pipeline.warnings
    assert 'a transform sets them apart' in line
    one_place = Pipeline(configured(), engine)
    one_place.registration.learn_transforms(transforms(x=0.0))
    one_place.registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    run(one_place, messages)
    assert one_place.warnings == []


@pytest.mark.parametrize(
    ('frames', 'said'),
    [(('rig', 'rig'), 'rig for both'), (('eye', 'warm'), 'eye and warm')],
)
@pytest.mark.parametrize('asked', ['tf', 'auto'])
def test_a_transform_that_lacks_is_asked_for_by_its_frames(
    engine, messages, asked: str, frames: tuple[str, str], said: str
) -> None:
    pipeline = Pipeline(configured(registration=asked), engine)
    for sensor, info, frame in zip(Sensor, (VISIBLE, THERMAL), frames, strict=True):
        pipeline.registration.learn_camera_info(sensor, info)
        pipeline.registration.see(sensor, frame)
    pipeline.registration.view_visible(*SIZE)
    pixels = np.zeros((24, 32), np.uint8)
    pipeline.registration.register(
        ThermalFrame(0, frames[1], 'mono8', pixels, 24, 32, pixels, 0, False)
    )
    (line,) = pipeline.warnings
    assert said in line


def test_a_camera_that_is_turned_is_followed_and_a_tremor_is_not(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    registration = pipeline.registration
    registration.learn_transforms(transforms(x=0.5))
    registration.learn_camera_info(Sensor.VISIBLE, VISIBLE)
    registration.learn_camera_info(Sensor.THERMAL, THERMAL)
    run(pipeline, messages)
    first = registration.thermal_map
    registration.learn_transforms(transforms(x=0.55))
    run(pipeline, messages)
    assert registration.thermal_map is first
    # 60 pixels of focal length, 20 m away: 0.25 pixels are 8 cm.
    registration.learn_transforms(transforms(x=0.6))
    run(pipeline, messages)
    assert registration.thermal_map is not first
    assert registration.thermal_map.pose[0].translation[0] == 0.6
