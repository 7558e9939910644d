"""TensorRT on a graph that takes images as the cameras give them: all in one plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes.faults import black
from machines import Machine, with_variants

from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import FramesInference
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_frames_engine import OnnxRuntimeFramesEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.tensorrt_frames_engine import TensorRtFramesEngine
from nitedr_ros.errors import EngineError

MakePair = Callable[..., CameraPair]
GRID, WEIGHT = np.zeros((1, 32, 48, 2), np.float32), np.ones((32, 48), np.float32)
OUTPUTS = 3
"""Copies back of a frame: fused, derained and thermal_registered."""


def engine_of(
    machine: Machine, model: Model, progress: Progress | None = None, **changes: Any
) -> TensorRtFramesEngine:
    config = machine.config(**changes)
    return TensorRtFramesEngine(model, config, progress, trt=machine.trt, cuda=machine.cuda())


def assert_same(found: FramesInference, expected: FramesInference) -> None:
    np.testing.assert_array_equal(found.fused, expected.fused)
    np.testing.assert_array_equal(found.derained, expected.derained)
    if expected.thermal_registered is None:
        assert found.thermal_registered is None
    else:
        np.testing.assert_array_equal(found.thermal_registered, expected.thermal_registered)


@pytest.fixture
def reference(camera_model: Model) -> OnnxRuntimeFramesEngine:
    return OnnxRuntimeFramesEngine(camera_model, threads=1)


@pytest.mark.parametrize('use_graph', [True, False])
def test_gives_what_onnxruntime_gives(
    machine: Machine,
    camera_model: Model,
    camera_pair: MakePair,
    reference: OnnxRuntimeFramesEngine,
    use_graph: bool,
) -> None:
    engine = engine_of(machine, camera_model, cuda_graph=use_graph)
    engine.warm_up(32, 48)
    made, replayed = machine.device.allocations, machine.device.replays
    pairs = [
        camera_pair(1),
        camera_pair(2),
        camera_pair(3, thermal=False),
        camera_pair(4),
        camera_pair(5, visible_grid=GRID),
        camera_pair(6, thermal_grid=GRID, thermal_weight=None),
        camera_pair(7, thermal_range=(-0.25, 300.0)),
    ]
    for pair in pairs:
        assert_same(engine.infer_frames(pair), reference.infer_frames(pair))
    assert machine.device.allocations == made
    assert machine.device.replays == replayed + (len(pairs) if use_graph else 0)


def test_maps_are_copied_when_they_change(
    machine: Machine, camera_model: Model, camera_pair: MakePair
) -> None:
    engine = engine_of(machine, camera_model)
    engine.warm_up(32, 48)

    def copied(pair: CameraPair) -> int:
        """Run a pair and return how many inputs were copied."""
        before = machine.copies
        engine.infer_frames(pair)
        return machine.copies - before - OUTPUTS

    # Both images and, as they are others than those it was warmed up with, all maps but presence.
    assert copied(camera_pair(1)) == 2 + 4
    assert copied(camera_pair(2)) == 2
    assert copied(camera_pair(3, visible_grid=GRID)) == 3
    assert copied(camera_pair(4, visible_grid=GRID)) == 2
    assert copied(camera_pair(5, visible_grid=GRID, thermal_weight=WEIGHT)) == 3
    assert copied(camera_pair(6, thermal=False)) == 2 + 4
    assert copied(camera_pair(7, thermal=False)) == 2


def test_unified_memory_is_not_copied(
    jetson: Machine,
    camera_model: Model,
    camera_pair: MakePair,
    reference: OnnxRuntimeFramesEngine,
) -> None:
    engine = engine_of(jetson, camera_model)
    for seed in range(3):
        pair = camera_pair(seed)
        assert_same(engine.infer_frames(pair), reference.infer_frames(pair))
    assert jetson.copies == 0


def test_says_what_it_is_and_holds(machine: Machine, camera_model: Model) -> None:
    engine = engine_of(machine, camera_model)
    assert (engine.builds_plans, engine.gpu_bytes, engine.warning) == (True, 0, '')
    assert engine.camera_frames == camera_model.camera_frames
    engine.warm_up(32, 48)
    info = engine.info
    assert (info.engine, info.precision, info.model) == ('tensorrt', 'fp32', 'cameras')
    assert info.runtime == f'TensorRT {machine.trt.__version__} NVIDIA Fake 1000'
    # The fake's weights are as large as the graph, a plan is a little larger.
    (plan,) = machine.folder.glob('*.plan')
    smaller = plan.stat().st_size - len(camera_model.read_verified())
    assert engine.gpu_bytes == machine.device.memory.used + smaller


def test_stages_are_told_and_add_up(
    machine: Machine, camera_model: Model, camera_pair: MakePair
) -> None:
    found = engine_of(machine, camera_model).infer_frames(camera_pair(1))
    assert list(found.stages) == ['copy_in', 'infer', 'copy_out']
    assert found.seconds == pytest.approx(sum(found.stages.values()))


def test_results_stay(newest: Machine, camera_model: Model, camera_pair: MakePair) -> None:
    engine = engine_of(newest, camera_model)
    found = engine.infer_frames(camera_pair(1))
    kept = found.fused.copy()
    engine.infer_frames(camera_pair(2))
    np.testing.assert_array_equal(found.fused, kept)


def test_another_start_builds_nothing(
    machine: Machine, camera_model: Model, camera_pair: MakePair
) -> None:
    first = engine_of(machine, camera_model)
    expected = first.infer_frames(camera_pair(1))
    again = machine.restarted()
    second = engine_of(again, camera_model, build_plans=False)
    assert_same(second.infer_frames(camera_pair(1)), expected)
    assert (machine.built, again.built) == (['fp32'], [])


def test_a_plan_that_is_wrong_is_left_for_a_safer_one(
    machine: Machine, camera_model: Model
) -> None:
    machine.faults.outputs = {'fp16': black}
    engine = engine_of(machine, with_variants(camera_model))
    engine.warm_up(32, 48)
    assert engine.info.precision == 'fp32'
    assert machine.built == ['fp16', 'fp32']
    machine.faults.outputs = {'fp32': black}
    engine = engine_of(machine, camera_model, workspace_mb=7)
    with pytest.raises(EngineError, match='no TensorRT plan for 48x32 passes: fp32: the fp32'):
        engine.warm_up(32, 48)


def test_in_fp16_it_differs_by_no_more_than_that(
    machine: Machine,
    camera_model: Model,
    camera_pair: MakePair,
    reference: OnnxRuntimeFramesEngine,
) -> None:
    engine = engine_of(machine, with_variants(camera_model))
    found, expected = engine.infer_frames(camera_pair(1)), reference.infer_frames(camera_pair(1))
    assert engine.info.precision == 'fp16'
    difference = np.abs(found.fused.astype(np.int16) - expected.fused)
    assert difference.max() <= 1
    assert difference.mean() < 0.1


@pytest.mark.parametrize('function', ['cudaEventRecord', 'cudaMemcpyAsync', 'cudaGraphLaunch'])
def test_a_frame_that_fails_loses_no_map(
    cuda_machine: Machine,
    camera_model: Model,
    camera_pair: MakePair,
    reference: OnnxRuntimeFramesEngine,
    function: str,
) -> None:
    engine = engine_of(cuda_machine, camera_model)
    engine.warm_up(32, 48)
    cuda_machine.device.fail(function, 'cudaErrorUnknown')
    with pytest.raises(EngineError, match=f'{function} failed: unknown error'):
        engine.infer_frames(camera_pair(1))
    assert_same(engine.infer_frames(camera_pair(2)), reference.infer_frames(camera_pair(2)))


def test_all_is_given_back(
    machine: Machine,
    camera_model: Model,
    camera_pair: MakePair,
    reference: OnnxRuntimeFramesEngine,
) -> None:
    engine = engine_of(machine, camera_model)
    engine.infer_frames(camera_pair(1))
    engine.close()
    assert (machine.device.live, engine.gpu_bytes) == ([], 0)
    # Where it goes on, it has forgotten no map.
    assert_same(engine.infer_frames(camera_pair(2)), reference.infer_frames(camera_pair(2)))
    del engine
    assert machine.device.live == []


def test_other_sizes_models_and_memory_are_refused(
    newest: Machine, camera_model: Model, tiny_model: Model
) -> None:
    engine = engine_of(newest, camera_model)
    with pytest.raises(EngineError, match='gives images of 48x32, the outputs are to have 64x48'):
        engine.warm_up(48, 64)
    with pytest.raises(EngineError, match='expected a model with camera_frames, tiny has none'):
        engine_of(newest, tiny_model)
    newest.faults.context_bytes = 3 << 20
    with pytest.raises(EngineError, match='gpu_memory_mb 3, it needs 4 MiB'):
        engine_of(newest, camera_model, gpu_memory_mb=3).warm_up(32, 48)
    with pytest.raises(EngineError, match='nvidia-smi'):
        engine_of(newest.restarted(count=0), camera_model)
