"""An engine that takes images as the cameras give them gives what one of pairs gives."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model, read_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.onnxruntime_frames_engine import OnnxRuntimeFramesEngine
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.visible_view import VisibleView
from nitedr_ros.networks.export_job import ExportJob, from_registry, run_export
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline

MS = 1_000_000
START_MS = 1_700_000_000_000
VISIBLE, THERMAL, OUTPUT = (90, 120), (64, 80), (72, 96)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def camera_info(size: tuple[int, int], focal: float, *d: float) -> CameraInfo:
    height, width = size
    k = (focal, 0.0, (width - 1) / 2, 0.0, focal, (height - 1) / 2, 0.0, 0.0, 1.0)
    p = (*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0)
    return CameraInfo(width, height, 'plumb_bob', d, k, IDENTITY, p)


def frames_model(model: Model, registry: Path, **changes: object) -> Model:
    fields = {
        'visible': CameraFormat(height=VISIBLE[0], width=VISIBLE[1], encoding='bgr8'),
        'thermal': CameraFormat(height=THERMAL[0], width=THERMAL[1], encoding='mono16'),
    }
    frames = CameraFrames.model_validate({**fields, **changes})
    job = ExportJob('tiny-cameras', None, OUTPUT, registry=registry, camera_frames=frames)
    description = run_export(from_registry(model), job).registered
    assert description is not None
    return read_model(description)


def configured(**changes: object) -> Config:
    values = {
        'geometry.registration': 'extrinsics',
        'geometry.translation_m': [0.12, 0.05, 0.0],
        'geometry.processing_size': list(OUTPUT[::-1]),
        'modes.recover_after': 1,
    }
    return load_config(None, {**values, **changes})


def pipeline_of(engine: Engine, config: Config) -> Pipeline:
    pipeline = Pipeline(config, engine)
    infos = {
        Sensor.VISIBLE: camera_info(VISIBLE, 100.0, -0.3, 0.1, 0.0, 0.0, 0.0),
        Sensor.THERMAL: camera_info(THERMAL, 80.0, -0.2, 0.05, 0.0, 0.0, 0.0),
    }
    for sensor, info in infos.items():
        pipeline.registration.learn_camera_info(sensor, info)
    return pipeline


def scene(number: int, size: tuple[int, int], channels: int, dtype: type) -> np.ndarray:
    """A soft random picture that is another one each time."""
    rng = np.random.default_rng(number)
    coarse = rng.random((size[0] // 6, size[1] // 6, channels)).astype(np.float32)
    image = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)
    scaled = 255 * image if dtype is np.uint8 else 29_000 + 2000 * image
    return np.ascontiguousarray(scaled.astype(dtype))


def run(pipeline: Pipeline, messages, count: int = 3, *, warm: bool = True, encoding='bgr8'):
    outputs = []
    for number in range(count):
        stamp = START_MS + 100 * number
        if warm:
            thermal = scene(number, THERMAL, 1, np.uint16)
            message = messages.image(stamp, 'mono16', thermal, 'thermal_optical_frame')
            pipeline.offer(Sensor.THERMAL, message, (stamp + 5) * MS)
        visible = scene(100 + number, VISIBLE, 3, np.uint8)
        message = messages.image(stamp, encoding, visible, 'visible_optical_frame')
        pipeline.offer(Sensor.VISIBLE, message, (stamp + 6) * MS)
        outputs += [pipeline.process(ready) for ready in pipeline.ready()]
    pipeline.finish()
    outputs += [pipeline.process(ready) for ready in pipeline.ready()]
    assert len(outputs) == count
    return outputs


def close(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    assert first is not None
    assert second is not None
    assert first.shape == second.shape
    difference = np.abs(first.astype(np.int16) - second)
    return bool(difference.mean() < 0.1 and difference.max() <= 3)


@pytest.mark.parametrize('white_hot', [True, False])
def test_both_ways_give_the_same_images(tiny_model, tmp_path, messages, white_hot) -> None:
    config = configured(**{'thermal.white_hot': white_hot})
    model = frames_model(tiny_model, tmp_path)
    pairs = run(pipeline_of(OnnxRuntimeEngine(tiny_model, threads=1), config), messages)
    whole = run(pipeline_of(OnnxRuntimeFramesEngine(model, threads=1), config), messages)
    for one, other in zip(pairs, whole, strict=True):
        assert one.mode is other.mode is Mode.FULL
        assert np.ptp(one.fused) > 50
        for name in ('fused', 'derained', 'thermal_registered', 'visible'):
            assert close(getattr(one, name), getattr(other, name)), name
        np.testing.assert_array_equal(one.radiometric, other.radiometric)
        np.testing.assert_array_equal(one.mask, other.mask)
        assert one.mask.min() == 0


def test_without_a_thermal_image_the_derained_one_goes_out(tiny_model, tmp_path, messages) -> None:
    model = frames_model(tiny_model, tmp_path)
    pairs = run(pipeline_of(OnnxRuntimeEngine(tiny_model, threads=1), configured()), messages,
                warm=False)  # fmt: skip
    whole = run(pipeline_of(OnnxRuntimeFramesEngine(model, threads=1), configured()), messages,
                warm=False)  # fmt: skip
    for one, other in zip(pairs, whole, strict=True):
        assert other.mode is Mode.VISIBLE_ONLY
        assert other.thermal_registered is None
        np.testing.assert_array_equal(other.fused, other.derained)
        assert close(one.derained, other.derained)


def test_the_cpu_resamples_only_what_is_asked_for(
    tiny_model, tmp_path, messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = pipeline_of(
        OnnxRuntimeFramesEngine(frames_model(tiny_model, tmp_path), threads=1), configured()
    )
    applied = []
    apply = VisibleView.apply
    monkeypatch.setattr(
        VisibleView, 'apply', lambda view, rgb: applied.append(rgb) or apply(view, rgb)
    )
    (output,) = run(pipeline, messages, 1)
    assert not applied
    assert output.visible is output.visible
    assert len(applied) == 1


def refused(output: Output) -> str:
    assert output.mode is Mode.PASS_THROUGH
    np.testing.assert_array_equal(output.fused, output.visible)
    assert '\n' not in output.reason
    return output.reason


def test_images_that_the_graph_is_not_made_for_pass_through(
    tiny_model, tmp_path, messages
) -> None:
    engine = OnnxRuntimeFramesEngine(frames_model(tiny_model, tmp_path), threads=1)
    (output,) = run(pipeline_of(engine, configured()), messages, 1, encoding='rgb8')
    assert 'expected visible images of 120x90 bgr8' in refused(output)
    assert 'got 120x90 rgb8' in output.reason


def test_another_processing_size_passes_through(tiny_model, tmp_path, messages) -> None:
    engine = OnnxRuntimeFramesEngine(frames_model(tiny_model, tmp_path), threads=1)
    config = configured(**{'geometry.processing_size': [48, 40]})
    (output,) = run(pipeline_of(engine, config), messages, 1)
    assert 'set geometry.processing_size, or export another' in refused(output)


def test_a_graph_of_other_bins_says_how_to_export(tiny_model, tmp_path, messages) -> None:
    model = frames_model(tiny_model, tmp_path, visible_bins=(2, 1))
    engine = OnnxRuntimeFramesEngine(model, threads=1)
    (output,) = run(pipeline_of(engine, configured()), messages, 1)
    assert 'export one with --visible-bins 1x1' in refused(output)
