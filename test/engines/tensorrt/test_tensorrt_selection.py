"""Choosing an engine where TensorRT is installed: taken, or passed over and said loudly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fakes.faults import black
from machines import Machine, assert_same, by_onnxruntime

from nitedr_ros.config.schema import Config, EngineConfig
from nitedr_ros.engines.background import BackgroundEngine
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.model import Model, find_model
from nitedr_ros.engines.selection import create_engine, select_engine
from nitedr_ros.engines.tensorrt.tensorrt_engine import TensorRtEngine
from nitedr_ros.engines.tensorrt.tensorrt_frames_engine import TensorRtFramesEngine
from nitedr_ros.errors import EngineBusyError, EngineError
from nitedr_ros.resources import models_folder

Pair = tuple[np.ndarray, np.ndarray]


def auto(machine: Machine) -> EngineConfig:
    return EngineConfig(threads=1, plans_folder=str(machine.folder))


def test_auto_takes_it(
    machine: Machine, model: Model, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(monkeypatch)
    chosen = select_engine(model, auto(machine), None, pair[1].shape)
    assert chosen.engine.info.engine == 'tensorrt'
    assert (chosen.passed_over, chosen.engine.warning) == ((), '')
    assert machine.built == ['fp16']
    assert_same(chosen.engine.infer(*pair), by_onnxruntime(model, pair))


@pytest.mark.parametrize('gpu', [{'driver': 0}, {'count': 0}])
def test_where_it_is_installed_without_a_gpu_auto_says_so(
    newest: Machine, model: Model, monkeypatch: pytest.MonkeyPatch, gpu: dict[str, int]
) -> None:
    bare = newest.restarted(**gpu)
    bare.install(monkeypatch)
    chosen = select_engine(model, auto(bare))
    assert chosen.engine.info.engine != 'tensorrt'
    assert chosen.passed_over[0].startswith('tensorrt not taken: cuda')
    assert chosen.passed_over[0].endswith('check the driver with nvidia-smi')


def test_where_no_plan_passes_auto_goes_on_and_says_so(
    machine: Machine, model: Model, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(monkeypatch)
    machine.faults.outputs = {'fp16': black, 'fp32': black}
    known = select_engine(model, auto(machine), None, pair[1].shape)
    assert known.engine.info.engine != 'tensorrt'
    assert known.passed_over[0].startswith('tensorrt not taken: no TensorRT plan for 56x40 passes')
    later = select_engine(model, auto(machine)).engine
    later.warm_up(*pair[1].shape)
    assert later.info.engine != 'tensorrt'
    assert f'{later.info.engine} runs in place of tensorrt: no TensorRT plan' in later.warning


def test_asked_for_by_name_it_is_taken_or_refused(
    newest: Machine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest.install(monkeypatch)
    assert isinstance(select_engine(model, newest.config()).engine, TensorRtEngine)
    newest.faults.outputs = {'fp16': black, 'fp32': black}
    with pytest.raises(EngineError, match='no TensorRT plan for 48x32 passes'):
        select_engine(model, newest.config(), None, (32, 48))
    with pytest.raises(EngineError, match=r'set engine\.precision to auto'):
        select_engine(model, newest.config(precision='bf16'))


def test_a_model_of_camera_images_gets_the_engine_for_them(
    newest: Machine,
    camera_model: Model,
    camera_pair: Callable[..., CameraPair],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest.install(monkeypatch)
    engine = create_engine('tensorrt', camera_model, newest.config())
    assert isinstance(engine, TensorRtFramesEngine)
    chosen = select_engine(camera_model, auto(newest), None, (32, 48))
    expected = engine.infer_frames(camera_pair(1))
    np.testing.assert_array_equal(chosen.engine.infer_frames(camera_pair(1)).fused, expected.fused)
    newest.faults.outputs = {'fp32': black}
    standby = select_engine(camera_model, auto(newest).model_copy(update={'workspace_mb': 7}))
    standby.engine.warm_up(32, 48)
    assert standby.engine.info.engine == 'onnxruntime'
    np.testing.assert_array_equal(
        standby.engine.infer_frames(camera_pair(1)).fused, expected.fused
    )


def test_another_size_is_built_beside_the_frames(
    newest: Machine, model: Model, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest.install(monkeypatch)
    chosen = select_engine(model, auto(newest), None, (32, 48))
    engine = BackgroundEngine(chosen.engine, (32, 48))
    with pytest.raises(EngineBusyError, match='the engine prepares for 50x36'):
        engine.infer(*pair)
    assert engine._preparing is not None
    engine._preparing.join(60)
    assert_same(engine.infer(*pair), by_onnxruntime(model, pair))
    assert newest.built == ['fp16', 'fp16']


def test_the_shipped_model_is_read_and_taken_in_fp16(
    trt_machine: Machine, monkeypatch: pytest.MonkeyPatch, pair: Pair
) -> None:
    trt_machine.install(monkeypatch)
    shipped = find_model(Config().model, models_folder())
    chosen = select_engine(shipped, auto(trt_machine), None, pair[1].shape)
    assert (chosen.engine.info.engine, chosen.engine.info.precision) == ('tensorrt', 'fp16')
    assert (trt_machine.built, chosen.passed_over) == (['fp16'], ())
    found, expected = chosen.engine.infer(*pair), by_onnxruntime(shipped, pair)
    difference = np.abs(found.fused.astype(np.int16) - expected.fused)
    assert difference.mean() < 1
    assert found.fused.std() > 10
