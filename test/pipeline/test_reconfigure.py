"""A configuration or an engine that changes while frames flow."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline

MS = 1_000_000
START_MS = 1_700_000_000_000
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def camera_info(height: int, width: int, focal: float) -> CameraInfo:
    k = (focal, 0.0, (width - 1) / 2, 0.0, focal, (height - 1) / 2, 0.0, 0.0, 1.0)
    p = (*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0)
    return CameraInfo(width, height, 'plumb_bob', (-0.1, 0.0, 0.0, 0.0, 0.0), k, IDENTITY, p)


def configured(**changes: object) -> Config:
    return load_config(None, {name.replace('__', '.'): value for name, value in changes.items()})


def calibrated(engine, config: Config) -> Pipeline:
    pipeline = Pipeline(config, engine)
    pipeline.registration.learn_camera_info(Sensor.VISIBLE, camera_info(48, 64, 60.0))
    pipeline.registration.learn_camera_info(Sensor.THERMAL, camera_info(24, 32, 24.0))
    return pipeline


def run(pipeline: Pipeline, messages, numbers: range) -> list[Output]:
    """Offer 30 visible and 10 thermal frames a second of a picture that changes."""
    outputs = []
    for number in numbers:
        stamp = START_MS + 33 * number
        if number % 3 == 0:
            picture = np.random.default_rng(number).integers(80, 120, (24, 32), np.uint8)
            warm = messages.image(stamp - 2, 'mono8', picture, 'thermal_optical_frame')
            pipeline.offer(Sensor.THERMAL, warm, (stamp + 3) * MS)
        visible = messages.visible(stamp, 50 + number % 3, (48, 64))
        pipeline.offer(Sensor.VISIBLE, visible, (stamp + 5) * MS)
        outputs += [pipeline.process(frame_set) for frame_set in pipeline.ready()]
    assert None not in outputs
    return outputs


def same_images(got: Output, wanted: Output) -> None:
    for name in ('fused', 'derained', 'visible', 'thermal_registered', 'mask'):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name), err_msg=name)
    assert (got.mode, got.camera_info, got.image_info) == (
        wanted.mode,
        wanted.camera_info,
        wanted.image_info,
    )


@pytest.mark.parametrize(
    'changes',
    [
        {'geometry__registration': 'extrinsics', 'geometry__translation_m': (0.5, 0.0, 0.0)},
        {'geometry__registration': 'homography', 'geometry__homography': (0.5, *IDENTITY[1:])},
        {'geometry__processing_size': (32, 24), 'geometry__full_size_output': True},
        {'thermal__white_hot': False},
        {'thermal__crop_top': 2, 'thermal__crop_bottom': 2},
        {'pairing__max_skew_ms': 20.0, 'pairing__wait_ms': 5.0, 'pairing__queue_size': 8},
        {'pairing__thermal_offset_ms': 2.0},
        {'pairing__use_once': True},
        {'modes__recover_after': 1},
    ],
)
def test_afterwards_it_gives_what_a_fresh_pipeline_gives(engine, messages, changes) -> None:
    before, after = configured(), configured(**changes)
    pipeline, fresh = calibrated(engine, before), calibrated(engine, after)
    run(pipeline, messages, range(12))
    pipeline.reconfigure(after)
    outputs = run(pipeline, messages, range(12, 30))
    wanted = run(fresh, messages, range(30))
    assert len(outputs) > 3
    by_stamp = {output.stamp_ns: output for output in wanted}
    for output in outputs[4:]:
        same_images(output, by_stamp[output.stamp_ns])
    assert {output.mode for output in outputs} == {Mode.FULL}


def test_frames_held_with_other_telemetry_rows_are_registered_as_they_are(
    engine, messages
) -> None:
    common = {'geometry__registration': 'extrinsics', 'pairing__wait_ms': 0.0}
    pipeline, unchanged = (calibrated(engine, configured(**common)) for _ in range(2))
    run(pipeline, messages, range(2))
    pipeline.reconfigure(configured(**common, thermal__crop_top=4, thermal__crop_bottom=4))
    (held,) = run(pipeline, messages, range(2, 3))
    same_images(held, run(unchanged, messages, range(3))[-1])
    assert held.mode is Mode.FULL
    (cropped,) = run(pipeline, messages, range(3, 4))
    assert cropped.mode is Mode.FULL
    assert (cropped.mask == 0).sum() > (held.mask == 0).sum()
    (whole,) = run(unchanged, messages, range(3, 4))
    seen = cropped.mask[24] > 0
    np.testing.assert_array_equal(
        cropped.thermal_registered[24, seen], whole.thermal_registered[24, seen]
    )


def test_another_skew_limit_costs_no_pair(engine, messages) -> None:
    pipeline = Pipeline(configured(), engine)
    outputs = run(pipeline, messages, range(10))
    for number in range(10, 60):
        pipeline.reconfigure(configured(pairing__max_skew_ms=20.0 + number % 5))
        outputs += run(pipeline, messages, range(number, number + 1))
    assert {output.mode for output in outputs} == {Mode.FULL}
    assert pipeline.statistics.received[Sensor.VISIBLE] - len(outputs) <= 1
    assert pipeline.statistics.dropped_total(Sensor.VISIBLE) == 0


def test_maps_are_made_anew_only_where_something_changed(engine, messages) -> None:
    pipeline = calibrated(engine, configured(geometry__registration='extrinsics'))
    run(pipeline, messages, range(4))
    registration = pipeline.registration
    view, there = registration.view, registration.thermal_map
    same = {'geometry__registration': 'extrinsics'}
    for changes in (
        {'engine__threads': 3, 'model': 'another', 'node__jpeg_quality': 50},
        {'modes__recover_after': 9, 'pairing__wait_ms': 10.0, 'thermal__smoothing_ms': 100.0},
        {'geometry__full_size_output': True, 'geometry__homography': (2.0, *IDENTITY[1:])},
    ):
        pipeline.reconfigure(configured(**same, **changes))
        run(pipeline, messages, range(4, 5))
        assert (registration.view, registration.thermal_map) == (view, there)
    pipeline.reconfigure(configured(**same, geometry__plane_distance_m=3.0))
    run(pipeline, messages, range(6, 9))
    assert registration.view is view
    assert registration.thermal_map is not there
    pipeline.reconfigure(configured(**same, geometry__processing_size=(32, 24)))
    run(pipeline, messages, range(9, 12))
    assert registration.view is not view


def test_an_engine_is_swapped_between_frames(engine, messages) -> None:
    config = configured(modes__engine_failures=2, pairing__wait_ms=0.0)
    pipeline = Pipeline(config, engine)
    engine.failures = {1, 2}
    modes = [output.mode for output in run(pipeline, messages, range(5))]
    assert modes == [Mode.FULL] + [Mode.PASS_THROUGH] * 4
    assert len(engine.calls) == 3
    assert pipeline.statistics.engine_failures == 2
    better = type(engine)()
    pipeline.use_engine(better)
    (output,) = run(pipeline, messages, range(5, 6))
    assert output.mode is Mode.FULL
    assert better.warmed == [(48, 64)]
    assert pipeline.engine is better
    assert pipeline.statistics.engine_failures == 2
    pipeline.use_engine(PassthroughEngine())
    (output,) = run(pipeline, messages, range(6, 7))
    assert (output.mode, output.reason) == (Mode.PASS_THROUGH, 'pass-through engine')
    pipeline.use_engine(better)
    (output,) = run(pipeline, messages, range(7, 8))
    assert output.mode is Mode.FULL
