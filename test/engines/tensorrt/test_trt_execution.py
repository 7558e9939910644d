"""One frame at a time through a plan: nothing is allocated, copied or launched needlessly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fakes.cuda_streams import Stream as FakeStream
from machines import Machine

from nitedr_ros.engines.model import Model
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.builder import BuildSettings, PlanBuilder
from nitedr_ros.engines.tensorrt.cuda import Priority
from nitedr_ros.engines.tensorrt.execution import Execution, bytes_needed
from nitedr_ros.engines.tensorrt.plan import Plan
from nitedr_ros.errors import EngineError

SHAPES = {'visible': (1, 8, 16, 3), 'thermal': (1, 8, 16)}
BUFFERS = 3 * 8 * 16 * 3 + 8 * 16
"""Inputs and outputs, bytes."""


def load(machine: Machine, model: Model) -> Plan:
    settings = BuildSettings('fp32', SHAPES, 64)
    content = model.read_verified()
    return Plan(machine.trt, PlanBuilder(machine.trt).build(content, settings, Progress()).plan)


def execution_of(
    machine: Machine, plan: Plan, *, use_graph: bool = True, priority: Priority = 'normal'
) -> Execution:
    return Execution(machine.cuda(), plan, priority=priority, use_graph=use_graph)


def frame(level: int) -> dict[str, np.ndarray]:
    return {
        'visible': np.full(SHAPES['visible'], level, np.uint8),
        'thermal': np.full(SHAPES['thermal'], 30, np.uint8),
    }


def run(execution: Execution, inputs: dict[str, np.ndarray]) -> dict[str, Any]:
    """Run one frame; return the level of each image, of which all pixels have the same."""
    execution.begin(inputs)
    execution.end()
    outputs = execution.outputs()
    assert set(outputs) == {'fused', 'derained'}
    assert all(np.ptp(image) == 0 for image in outputs.values())
    return {name: int(image.flat[0]) for name, image in outputs.items()}


@pytest.mark.parametrize('use_graph', [True, False])
def test_computes_what_it_is_given(machine: Machine, model: Model, use_graph: bool) -> None:
    execution = execution_of(machine, load(machine, model), use_graph=use_graph)
    assert run(execution, frame(200)) == {'derained': 100, 'fused': 100}
    assert run(execution, frame(40)) == {'derained': 20, 'fused': 30}
    execution.close()


@pytest.mark.parametrize('use_graph', [True, False])
def test_a_frame_allocates_nothing(machine: Machine, model: Model, use_graph: bool) -> None:
    execution = execution_of(machine, load(machine, model), use_graph=use_graph)
    run(execution, frame(200))
    device, calls = machine.device, machine.device.calls.copy()
    made, ran, replayed = device.allocations, machine.trt._fake.runs, device.replays
    for level in range(10):
        run(execution, frame(level))
    assert device.allocations == made
    assert machine.trt._fake.runs == ran + 10
    assert device.replays == replayed + (10 if use_graph else 0)
    asked = {name: count for name, count in (device.calls - calls).items() if count}
    # For each frame: both images in and both out, and events around each stage.
    expected = {
        'cudaMemcpyAsync': 40,
        'cudaEventRecord': 40,
        'cudaStreamSynchronize': 10,
        'cudaEventElapsedTime': 30,
    }
    assert asked == (expected | {'cudaGraphLaunch': 10} if use_graph else expected)
    execution.close()


def test_the_first_run_is_not_captured(machine: Machine, model: Model) -> None:
    execution = execution_of(machine, load(machine, model))
    assert machine.trt._fake.runs == 1
    assert machine.device.replays == 0
    execution.close()


def test_what_did_not_change_is_not_copied(machine: Machine, model: Model) -> None:
    execution = execution_of(machine, load(machine, model))
    run(execution, frame(200))
    before = machine.copies
    inputs = {'visible': frame(40)['visible']}
    assert run(execution, inputs) == {'derained': 20, 'fused': 30}
    assert machine.copies == before + 3
    execution.close()


def test_inputs_may_change_as_soon_as_a_frame_has_begun(machine: Machine, model: Model) -> None:
    execution = execution_of(machine, load(machine, model))
    inputs = frame(200)
    execution.begin(inputs)
    inputs['visible'][:] = 0
    seconds = execution.end()
    assert (execution.outputs()['derained'] == 100).all()
    assert list(seconds) == ['copy_in', 'infer', 'copy_out']
    assert min(seconds.values()) >= 0
    execution.close()


@pytest.mark.parametrize(
    'wrong', [np.zeros((1, 8, 16, 3), np.float32), np.zeros((1, 9, 16, 3), np.uint8)]
)
def test_inputs_of_another_shape_or_type_are_the_callers_mistake(
    newest: Machine, model: Model, wrong: np.ndarray
) -> None:
    execution = execution_of(newest, load(newest, model))
    with pytest.raises((TypeError, ValueError)):
        execution.begin({'visible': wrong})
    execution.close()


@pytest.mark.parametrize('priority, number', [('low', 0), ('normal', 0), ('high', -5)])
def test_runs_at_the_priority_that_was_asked_for(
    newest: Machine, model: Model, priority: Priority, number: int
) -> None:
    execution = execution_of(newest, load(newest, model), priority=priority)
    streams = [
        thing for thing in newest.device.handles.things.values() if isinstance(thing, FakeStream)
    ]
    assert [stream.priority for stream in streams] == [number]
    execution.close()


def test_says_what_it_takes(machine: Machine, model: Model) -> None:
    machine.faults.context_bytes = 4096
    plan = load(machine, model)
    before = machine.device.memory.used
    execution = execution_of(machine, plan)
    assert execution.gpu_bytes == machine.device.memory.used - before == BUFFERS + 4096
    assert bytes_needed(plan, 2) == plan.plan_bytes + 2 * execution.gpu_bytes
    execution.close()
    assert machine.device.memory.used == before


def test_unified_memory_is_not_copied(jetson: Machine, model: Model) -> None:
    plan = load(jetson, model)
    before = jetson.device.memory.used
    execution = execution_of(jetson, plan)
    assert run(execution, frame(200)) == {'derained': 100, 'fused': 100}
    assert run(execution, frame(40)) == {'derained': 20, 'fused': 30}
    assert jetson.copies == 0
    assert execution.gpu_bytes == jetson.device.memory.used - before
    execution.close()


@pytest.mark.parametrize('function', ['cudaHostAlloc', 'cudaMalloc'])
@pytest.mark.parametrize('after', range(4))
def test_memory_that_runs_out_is_told_and_all_of_it_given_back(
    cuda_machine: Machine, model: Model, function: str, after: int
) -> None:
    plan = load(cuda_machine, model)
    before = cuda_machine.device.live
    cuda_machine.device.fail(function, 'cudaErrorMemoryAllocation', after=after)
    with pytest.raises(EngineError, match=f'{function} failed: out of memory.*close other'):
        execution_of(cuda_machine, plan)
    assert cuda_machine.device.live == before


@pytest.mark.parametrize(
    'function',
    [
        'cudaDeviceGetStreamPriorityRange',
        'cudaStreamCreateWithPriority',
        'cudaEventCreateWithFlags',
        'cudaStreamBeginCapture',
        'cudaGraphInstantiate',
    ],
)
def test_what_cuda_refuses_is_told_and_all_of_it_given_back(
    cuda_machine: Machine, model: Model, function: str
) -> None:
    plan = load(cuda_machine, model)
    before = cuda_machine.device.live
    cuda_machine.device.fail(function, 'cudaErrorUnknown')
    with pytest.raises(EngineError, match=f'^{function} failed: unknown error'):
        execution_of(cuda_machine, plan)
    assert cuda_machine.device.live == before


@pytest.mark.parametrize(
    'faults, told',
    [
        ({'context_bytes': 4 << 30}, 'expected 4096 MiB of GPU memory'),
        ({'enqueue_errors': 1}, 'TensorRT could not run the plan: set engine.name to another'),
        ({'no_capture': True}, 'TensorRT could not run the plan'),
    ],
)
def test_what_tensorrt_refuses_is_told_and_all_of_it_given_back(
    machine: Machine, model: Model, faults: dict[str, Any], told: str
) -> None:
    plan = load(machine, model)
    before = machine.device.live
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    with pytest.raises(EngineError, match=told) as caught:
        execution_of(machine, plan)
    assert '\n' not in str(caught.value)
    del caught
    assert machine.device.live == before


def test_a_frame_that_fails_does_not_spoil_the_next(machine: Machine, model: Model) -> None:
    execution = execution_of(machine, load(machine, model), use_graph=False)
    machine.faults.enqueue_errors = 1
    with pytest.raises(EngineError, match='could not run the plan'):
        run(execution, frame(200))
    assert run(execution, frame(40)) == {'derained': 20, 'fused': 30}
    machine.device.fail('cudaStreamSynchronize', 'cudaErrorUnknown')
    with pytest.raises(EngineError, match='cudaStreamSynchronize failed'):
        run(execution, frame(200))
    assert run(execution, frame(40)) == {'derained': 20, 'fused': 30}
    execution.close()
