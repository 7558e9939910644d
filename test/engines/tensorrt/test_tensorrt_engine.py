"""The TensorRT engine gives what ONNX Runtime gives, and holds no more than it says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes.cuda_streams import Stream as FakeStream
from fakes.faults import black
from machines import Machine, assert_same, by_onnxruntime

from nitedr_ros.engines.model import Model
from nitedr_ros.engines.tensorrt import cuda as cuda_module
from nitedr_ros.engines.tensorrt import installed
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.tensorrt_engine import KEPT_SIZES, TensorRtEngine
from nitedr_ros.errors import EngineError

Pair = tuple[np.ndarray, np.ndarray]


def frame(level: int, height: int = 32, width: int = 48) -> Pair:
    return np.full((height, width, 3), level, np.uint8), np.zeros((height, width), np.uint8)


def held(machine: Machine, engine: TensorRtEngine) -> int:
    """Return what the GPU holds, bytes; the fake's weights are a little smaller than its plans."""
    loaded = engine._loaded.values()
    smaller = sum(one.manifest.plan_bytes - weights(engine, one.precision) for one in loaded)
    return machine.device.memory.used + smaller


def weights(engine: TensorRtEngine, precision: Any) -> int:
    return len(engine.model.at(precision).read_verified())


@pytest.mark.parametrize('precision', ['auto', 'fp32', 'int8'])
def test_gives_what_onnxruntime_gives(
    machine: Machine, model: Model, pair: Pair, precision: str
) -> None:
    engine = machine.engine(model, precision=precision)
    assert_same(engine.infer(*pair), by_onnxruntime(model, pair))
    assert_same(engine.infer(*frame(200)), by_onnxruntime(model, frame(200)))
    assert machine.built == [{'auto': 'fp16'}.get(precision, precision)] * 2


@pytest.mark.parametrize('use_graph', [True, False])
def test_a_frame_allocates_nothing(
    machine: Machine, model: Model, pair: Pair, use_graph: bool
) -> None:
    engine = machine.engine(model, cuda_graph=use_graph)
    engine.warm_up(*pair[1].shape)
    made, replayed = machine.device.allocations, machine.device.replays
    for _ in range(5):
        result = engine.infer(*pair)
    assert machine.device.allocations == made
    assert machine.device.replays == replayed + (5 if use_graph else 0)
    assert_same(result, by_onnxruntime(model, pair))


def test_says_what_it_is(machine: Machine, model: Model) -> None:
    engine = machine.engine(model, precision='int8')
    assert (engine.depth, engine.builds_plans, engine.warning) == (2, True, '')
    assert engine.plans_folder == machine.folder
    machine.faults.outputs = {'int8': black}
    for precision in ('int8', 'fp16'):
        info = engine.info
        assert (info.engine, info.precision, info.model) == ('tensorrt', precision, 'tiny')
        assert info.runtime == f'TensorRT {machine.trt.__version__} NVIDIA Fake 1000'
        assert info.model_sha256 == model.at(precision).sha256
        engine.warm_up(32, 48)
    assert engine.manifest(32, 48).refused[0].precision == 'int8'
    assert machine.built == ['int8', 'fp16']


def test_another_start_builds_nothing(machine: Machine, model: Model, pair: Pair) -> None:
    first = machine.engine(model)
    first.warm_up(*pair[1].shape)
    again = machine.restarted()
    second = again.engine(model, build_plans=False)
    assert_same(second.infer(*pair), first.infer(*pair))
    assert again.built == []
    assert second.manifest(36, 50) == first.manifest(36, 50)


def test_a_plan_that_is_not_kept_is_told(newest: Machine, model: Model) -> None:
    newest.folder.write_text('a file in the place of the folder')
    engine = newest.engine(model)
    engine.warm_up(32, 48)
    assert engine.unkept.startswith('the plan is not kept, the next start builds it again: ')
    assert engine.warning == engine.unkept


@pytest.mark.parametrize('restarted', [False, True])
def test_a_safer_plan_than_asked_for_is_warned_of(
    newest: Machine, model: Model, restarted: bool
) -> None:
    newest.faults.outputs = {'fp16': black}
    engine = newest.engine(model)
    assert (engine.verdict, engine.warning) == ('', '')
    engine.warm_up(32, 48)
    if restarted:
        engine = newest.restarted().engine(model)
        engine.warm_up(32, 48)
    assert engine.warning.startswith('a fp32 plan runs: the fp16 plan gives a blank')
    assert engine.verdict.startswith('differs by 0.00 grey levels')
    assert engine.unkept == ''


@pytest.mark.parametrize('priority, number', [('low', 0), ('normal', 0), ('high', -5)])
def test_streams_have_the_priority_that_was_asked_for(
    newest: Machine, model: Model, priority: str, number: int
) -> None:
    engine = newest.engine(model, stream_priority=priority)
    for _ in range(2):
        engine.submit(*frame(10))
    things = newest.device.handles.things.values()
    streams = [thing.priority for thing in things if isinstance(thing, FakeStream)]
    assert streams == [number] * 2
    engine.close()


def test_unified_memory_is_not_copied(jetson: Machine, model: Model, pair: Pair) -> None:
    engine = jetson.engine(model)
    assert_same(engine.infer(*pair), by_onnxruntime(model, pair))
    assert jetson.copies == 0
    assert engine.info.runtime == 'TensorRT 10.3.0 Orin'
    assert engine.gpu_bytes == held(jetson, engine)


def test_says_how_much_memory_it_holds(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    assert engine.gpu_bytes == 0
    for height in (32, 40):
        for _ in range(2):
            engine.submit(*frame(10, height))
        for _ in range(2):
            engine.collect()
        assert engine.gpu_bytes == held(machine, engine) > 0
    engine.close()
    assert engine.gpu_bytes == machine.device.memory.used == 0


def test_a_limit_of_memory_holds_for_all_there_is(newest: Machine, model: Model) -> None:
    newest.faults.context_bytes = 3 << 20
    engine = newest.engine(model, gpu_memory_mb=4)
    for height in (32, 40):
        engine.infer(*frame(10, height))
        assert engine.gpu_bytes < 4 << 20
    engine.submit(*frame(10, 40))
    with pytest.raises(EngineError, match='gpu_memory_mb 4, it needs 7 MiB'):
        engine.submit(*frame(10, 40))
    assert (engine.collect().derained == 5).all()
    with pytest.raises(EngineError, match='gpu_memory_mb 3, it needs 4 MiB'):
        newest.engine(model, gpu_memory_mb=3).warm_up(32, 48)


def test_only_so_many_sizes_are_kept(newest: Machine, model: Model) -> None:
    engine, heights = newest.engine(model), (32, 40, 48)
    assert len(heights) == KEPT_SIZES + 1
    for height in heights:
        assert (engine.infer(*frame(200, height)).derained == 100).all()
    assert engine.gpu_bytes == held(newest, engine)
    calls = newest.device.calls['cudaMalloc']
    for height in heights[1:]:
        engine.infer(*frame(200, height))
    assert newest.device.calls['cudaMalloc'] == calls
    # The first one has made room, and is loaded again: in place of what was used longest ago.
    engine.infer(*frame(200, heights[1]))
    engine.infer(*frame(200, heights[0]))
    calls, before = newest.device.calls['cudaMalloc'], calls
    assert calls > before
    engine.infer(*frame(200, heights[1]))
    assert newest.device.calls['cudaMalloc'] == calls
    assert len(newest.built) == 3


def test_threads_may_use_it_one_after_the_other(newest: Machine, model: Model, pair: Pair) -> None:
    two = newest.restarted(count=2)
    cuda = Cuda(two.runtime, 1)
    engine = TensorRtEngine(model, two.config(device=1), trt=two.trt, cuda=cuda)
    expected, results, selected = by_onnxruntime(model, pair), [], []

    def use() -> None:
        results.append(engine.infer(*pair))

    # One that asks for no more than the manifest works on the right GPU, too.
    for work in (use, use, lambda: engine.manifest(64, 64)):

        def run(work: Callable[[], Any] = work) -> None:
            work()
            selected.append(two.device.current.index)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert selected == [1, 1, 1]
    assert len(results) == 2
    for result in results:
        assert_same(result, expected)


def test_a_frame_that_fails_is_told_and_does_not_spoil_the_next(
    machine: Machine, model: Model, pair: Pair
) -> None:
    engine = machine.engine(model, cuda_graph=False)
    engine.warm_up(*pair[1].shape)
    machine.faults.enqueue_errors = 1
    with pytest.raises(EngineError, match=r'could not run the plan: set engine\.name') as caught:
        engine.infer(*pair)
    assert '\n' not in str(caught.value)
    machine.device.fail('cudaStreamSynchronize', 'cudaErrorUnknown')
    with pytest.raises(EngineError, match='cudaStreamSynchronize failed: unknown error'):
        engine.infer(*pair)
    assert_same(engine.infer(*pair), by_onnxruntime(model, pair))


def test_memory_that_runs_out_is_told(machine: Machine, model: Model) -> None:
    machine.device.fail('cudaMalloc', 'cudaErrorMemoryAllocation')
    engine = machine.engine(model)
    with pytest.raises(EngineError, match=r'cudaMalloc failed: out of memory.*smaller geometry'):
        engine.warm_up(32, 48)
    assert machine.device.live == []


def test_all_is_given_back(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    engine.submit(*frame(10))
    engine.close()
    assert machine.device.live == []
    # It goes on where it is needed again, and letting go of it gives back as much.
    assert (engine.infer(*frame(10)).derained == 5).all()
    engine.submit(*frame(10))
    del engine
    assert machine.device.live == []


@pytest.mark.parametrize('missing, told', [('tensorrt', 'tensorrt'), ('cuda', 'cuda-python')])
def test_what_is_missing_is_named(
    newest: Machine, model: Model, monkeypatch: pytest.MonkeyPatch, missing: str, told: str
) -> None:
    def importing(name: str) -> Any:
        if name.startswith(missing):
            raise ModuleNotFoundError(name)
        return newest.trt if name == 'tensorrt' else newest.runtime

    for module in (installed, cuda_module):
        monkeypatch.setattr(module, 'import_module', importing)
    with pytest.raises(EngineError, match=rf'expected {told}.* missing: .*pip install {told}'):
        TensorRtEngine(model, newest.config())


@pytest.mark.parametrize('gpu', [{'driver': 0}, {'count': 0}])
def test_a_machine_without_a_gpu_is_told_at_once(
    machine: Machine, model: Model, gpu: dict[str, int]
) -> None:
    with pytest.raises(EngineError, match='nvidia-smi') as caught:
        machine.restarted(**gpu).engine(model)
    assert '\n' not in str(caught.value)


def test_sizes_that_do_not_fit_are_told(newest: Machine, model: Model) -> None:
    engine = newest.engine(model)
    with pytest.raises(ValueError, match='of one size'):
        engine.infer(np.zeros((32, 48, 3), np.uint8), np.zeros((32, 40), np.uint8))
    one = model.model_copy(update={'size': (32, 48)}).located(model.path.parent)
    fixed = newest.engine(one)
    with pytest.raises(EngineError, match='takes images of 48 x 32 pixels, got 48 x 33'):
        fixed.warm_up(33, 48)
    assert newest.built == []
