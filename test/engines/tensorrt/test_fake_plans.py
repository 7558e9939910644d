"""The fake of TensorRT loads and runs plans, in the order of the fake streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fakes.cuda_device import Gpu
from fakes.fake_tensorrt import VERSIONS
from fakes.faults import black, inverted, off_by
from fakes.graphs import SHAPES, graph
from fakes.trt_session import Session


@pytest.fixture(params=VERSIONS)
def session(request: pytest.FixtureRequest) -> Session:
    return Session(request.param)


def test_builds_loads_and_runs(session: Session) -> None:
    plan = session.build(graph())
    assert plan is not None
    outputs = session.run(plan)
    assert (outputs['derained'] == 11).all()
    assert (outputs['fused'] == 16).all()
    assert session.cuda._fake.misuses == []
    assert session.said == ''


def test_tensors_are_described(session: Session) -> None:
    engine = session.load(session.build(graph()) or b'')
    trt = session.trt
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    assert names == ['visible', 'thermal', 'fused', 'derained']
    assert [engine.get_tensor_mode(name) for name in names] == [
        *[trt.TensorIOMode.INPUT] * 2,
        *[trt.TensorIOMode.OUTPUT] * 2,
    ]
    assert {name: tuple(engine.get_tensor_shape(name)) for name in SHAPES} == SHAPES
    assert engine.get_tensor_dtype('fused') == trt.DataType.UINT8
    assert trt.nptype(trt.DataType.UINT8) is np.uint8
    with pytest.raises(TypeError, match='Could not resolve'):
        trt.nptype(trt.DataType.FP8)


def test_profiles_bound_the_shapes(session: Session) -> None:
    network = session.network(graph(sides=('h', 'w')))
    config = session.builder.create_builder_config()
    profile = session.builder.create_optimization_profile()
    assert config.add_optimization_profile(profile) == -1
    for name, shape in SHAPES.items():
        profile.set_shape(name, (1, 4, *shape[2:]), shape, (1, 9, *shape[2:]))
    assert config.add_optimization_profile(profile) == 0
    context = session.load(
        session.builder.build_serialized_network(network, config)
    ).create_execution_context()
    assert tuple(context.get_tensor_shape('fused')) == (1, -1, -1, 3)
    assert not context.set_input_shape('visible', (1, 10, 16, 3))
    assert all(context.set_input_shape(name, shape) for name, shape in SHAPES.items())
    assert tuple(context.get_tensor_shape('fused')) == (1, 8, 16, 3)


def test_host_memory_has_a_buffer_and_no_length(session: Session) -> None:
    network = session.network(graph())
    plan = session.builder.build_serialized_network(
        network, session.builder.create_builder_config()
    )
    assert isinstance(plan, session.trt.IHostMemory)
    assert plan.nbytes == len(bytes(plan))
    assert session.load(plan) is not None
    with pytest.raises(TypeError):
        len(plan)


def test_plans_of_another_version_are_refused() -> None:
    plan = Session('10.3').build(graph())
    other = Session('10.16')
    assert other.load(plan) is None
    assert 'expecting library version 10.16.1.11 got 10.3.0' in other.said
    severity, _ = other.logger.lines[-1]
    assert severity == other.trt.ILogger.ERROR


def test_plans_of_another_gpu_are_refused() -> None:
    plan = Session('10.3').build(graph()) or b''
    other = Session('10.3', Gpu(compute_capability=(8, 6)))
    assert other.load(plan) is None
    assert 'expecting compute 8.6 got compute 8.7' in other.said
    sister = Session('10.3', Gpu(name='NVIDIA Fake 2000'))
    assert sister.load(plan) is not None
    assert 'different models' in sister.logger.lines[-1][1]


@pytest.mark.parametrize('damage', [lambda plan: b'', lambda plan: plan[:-1], lambda plan: b'x'])
def test_damaged_plans_are_refused(session: Session, damage: Callable[[bytes], bytes]) -> None:
    assert session.load(damage(session.build(graph()) or b'')) is None
    assert 'Serialization assertion' in session.said


@pytest.mark.parametrize('spoiler, expected', [(black, 0), (inverted, 244), (off_by(3), 14)])
def test_outputs_are_spoilt_by_precision(session: Session, spoiler: Any, expected: int) -> None:
    plan = session.build(graph()) or b''
    session.faults.outputs['fp16'] = spoiler
    assert (session.run(plan)['derained'] == 11).all()
    session.faults.outputs['fp32'] = spoiler
    assert (session.run(plan)['derained'] == expected).all()


def test_loggers_that_fail_are_not_heard_of(session: Session) -> None:
    session.logger.lines = None
    assert session.load(b'') is None
    assert len(session.trt._fake.swallowed) == 1


def test_captured_runs_are_done_at_each_launch(session: Session) -> None:
    cuda = session.cuda
    context, addresses = session.ready(session.build(graph()) or b'')
    stream = session.stream()
    assert context.execute_async_v3(int(stream))
    cuda.cudaStreamSynchronize(stream)
    local = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
    cuda.cudaStreamBeginCapture(stream, local)
    assert context.execute_async_v3(int(stream))
    executable = cuda.cudaGraphInstantiate(cuda.cudaStreamEndCapture(stream)[1], 0)[1]
    assert session.trt._fake.runs == 1
    for value in (20, 30):
        session.memory(addresses['visible'])[:] = value
        cuda.cudaGraphLaunch(executable, stream)
        cuda.cudaStreamSynchronize(stream)
        assert (session.memory(addresses['derained']) == value + 1).all()
    assert session.trt._fake.runs == 3
    # The graph works on the memory of the context, which must be there as long as it.
    del context
    cuda.cudaGraphLaunch(executable, stream)
    assert cuda.cudaStreamSynchronize(stream)[0].name == 'cudaErrorIllegalAddress'


@pytest.mark.parametrize('no_capture', [True, False])
def test_a_first_run_can_not_be_captured(session: Session, no_capture: bool) -> None:
    cuda = session.cuda
    session.faults.no_capture = no_capture
    context, _ = session.ready(session.build(graph()) or b'')
    stream = session.stream()
    if no_capture:
        assert context.execute_async_v3(int(stream))
    cuda.cudaStreamBeginCapture(
        stream, cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
    )
    assert not context.execute_async_v3(int(stream))
    assert cuda.cudaStreamEndCapture(stream)[0].name == 'cudaErrorStreamCaptureInvalidated'
    assert bool(cuda._fake.misuses) == (not no_capture)
    assert context.execute_async_v3(int(stream))


def test_runs_want_all_addresses(session: Session) -> None:
    context, addresses = session.ready(session.build(graph()) or b'')
    stream = int(session.stream())
    assert not context.set_tensor_address('moon', addresses['fused'])
    assert not context.set_tensor_address('fused', addresses['fused'] + 1)
    assert context.set_tensor_address('fused', 0)
    assert not context.execute_async_v3(stream)
    assert 'Address is not set for tensor fused' in session.said


def test_runs_on_memory_that_is_too_small_break_the_gpu(session: Session) -> None:
    context, _ = session.ready(session.build(graph()) or b'')
    stream = session.stream()
    context.set_tensor_address('fused', session.cuda.cudaMalloc(8)[1])
    assert context.execute_async_v3(int(stream))
    error = session.cuda.cudaStreamSynchronize(stream)[0]
    assert error.name == 'cudaErrorIllegalAddress'
    assert 'reach beyond' in session.cuda._fake.misuses[0]


def test_runs_fail_when_a_test_wants_it(session: Session) -> None:
    context, _ = session.ready(session.build(graph()) or b'')
    session.faults.enqueue_errors = 1
    stream = int(session.stream())
    assert not context.execute_async_v3(stream)
    assert context.execute_async_v3(stream)
    assert not context.execute_async_v3(stream + 1)


def test_contexts_take_and_give_back_memory(session: Session) -> None:
    session.faults.context_bytes = 4096
    engine = session.load(session.build(graph()) or b'')
    before = session.cuda._fake.memory.used
    context = engine.create_execution_context()
    assert session.cuda._fake.memory.used == before + 4096
    del context
    assert session.cuda._fake.memory.used == before
    del engine
    assert session.cuda._fake.live == []


def test_contexts_need_memory_that_there_is(session: Session) -> None:
    session.faults.context_bytes = 1 << 40
    engine = session.load(session.build(graph()) or b'')
    assert engine.create_execution_context() is None
    assert 'OutOfMemory' in session.said


def test_contexts_work_on_memory_of_the_user(session: Session) -> None:
    trt, plan = session.trt, session.build(graph()) or b''
    engine = session.load(plan)
    if hasattr(trt, 'ExecutionContextAllocationStrategy'):
        strategy = trt.ExecutionContextAllocationStrategy.USER_MANAGED
        context, size = engine.create_execution_context(strategy), engine.device_memory_size_v2
    else:
        context = engine.create_execution_context_without_device_memory()
        size = engine.device_memory_size
    for name, count in {'visible': 384, 'thermal': 128, 'fused': 384, 'derained': 384}.items():
        context.set_tensor_address(name, session.cuda.cudaMalloc(count)[1])
    stream = int(session.stream())
    assert not context.execute_async_v3(stream)
    own = session.cuda.cudaMalloc(size)[1]
    if hasattr(context, 'set_device_memory'):
        context.set_device_memory(own, size - 1)
        assert not context.execute_async_v3(stream)
        context.set_device_memory(own, size)
    else:
        context.device_memory = own
    assert context.execute_async_v3(stream)
