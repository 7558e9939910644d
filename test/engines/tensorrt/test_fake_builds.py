"""The fake of TensorRT builds what TensorRT would, and refuses what it refuses."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fakes.cuda_device import Gpu
from fakes.fake_tensorrt import VERSIONS
from fakes.graphs import SHAPES, graph
from fakes.trt_session import Session
from onnx import TensorProto


@pytest.fixture(params=VERSIONS)
def session(request: pytest.FixtureRequest) -> Session:
    return Session(request.param)


@pytest.fixture(params=['10.3', '10.16', '11.0'])
def newer(request: pytest.FixtureRequest) -> Session:
    return Session(request.param)


def test_shapes_may_be_fixed_before_the_build(session: Session) -> None:
    network = session.network(graph(sides=('h', 'w')))
    assert tuple(network.get_input(0).shape) == (1, -1, -1, 3)
    config = session.builder.create_builder_config()
    assert session.builder.build_serialized_network(network, config) is None
    assert 'no optimization profile has been defined' in session.said
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        tensor.shape = SHAPES[tensor.name]
    engine = session.load(session.builder.build_serialized_network(network, config))
    assert tuple(engine.get_tensor_shape('fused')) == (1, 8, 16, 3)


def test_a_graph_with_uint8_within_is_refused(session: Session) -> None:
    network = session.network(graph(transpose_first=True))
    assert not session.parsed
    assert session.parser.num_errors == 2
    errors = [session.parser.get_error(index) for index in range(2)]
    assert [error.node() for error in errors] == [0, 0]
    assert errors[1].desc().endswith('UINT8 types for intermediate tensors!')
    assert errors[0].code() == session.trt.ErrorCode.UNSUPPORTED_NODE
    assert network.num_inputs == 0


def test_uint8_is_cast_to_and_from_floats_only(session: Session) -> None:
    session.network(graph(middle=TensorProto.INT32))
    assert not session.parsed
    errors = [session.parser.get_error(index) for index in range(session.parser.num_errors)]
    assert [error.node() for error in errors] == [0, 1, 5, 6]


def test_what_is_no_graph_is_refused(session: Session) -> None:
    session.network(b'no graph')
    assert not session.parsed
    code = session.parser.get_error(0).code()
    assert code == session.trt.ErrorCode.MODEL_DESERIALIZE_FAILED


def test_the_parser_says_what_a_test_wants(session: Session) -> None:
    session.faults.parser_errors.append('no importer for Moon')
    session.network(graph())
    assert not session.parsed
    assert session.parser.get_error(0).desc() == 'no importer for Moon'


def test_version_8_wants_an_explicit_batch() -> None:
    session = Session('8.6')
    session.network(graph(), explicit=False)
    assert not session.parsed
    assert 'EXPLICIT_BATCH' in session.said


@pytest.mark.parametrize('flag, precision', [('FP16', 'fp16'), ('INT8', 'int8')])
@pytest.mark.parametrize('version', ['8.6', '10.3', '10.16'])
def test_weak_typing_takes_the_precision_of_the_flags(
    version: str, flag: str, precision: str
) -> None:
    session = Session(version)
    assert session.build(graph(), flag, strong=False) is not None
    (build,) = session.trt._fake.builds
    assert (build.precision, build.strongly_typed) == (precision, False)
    assert flag in build.flags


@pytest.mark.parametrize(
    'content, flag, kind',
    [
        (graph(middle=TensorProto.FLOAT16), 'FP16', 'fp16'),
        (graph(quantised=True), 'INT8', 'int8'),
    ],
)
def test_weak_typing_wants_flags_for_the_types_of_the_graph(
    content: bytes, flag: str, kind: str
) -> None:
    session = Session('8.6')
    assert session.build(content) is None
    assert f'{kind} is not configured in the builder' in session.said
    assert session.build(content, flag) is not None


@pytest.mark.parametrize('version', ['10.3', '10.16'])
@pytest.mark.parametrize('flag', ['FP16', 'BF16', 'INT8'])
def test_strong_typing_refuses_flags_of_precision(version: str, flag: str) -> None:
    session = Session(version)
    assert session.build(graph(), flag) is None
    assert f'!config.getFlag(BuilderFlag::k{flag})' in session.said


@pytest.mark.parametrize(
    'content, precision',
    [
        (graph(), 'fp32'),
        (graph(middle=TensorProto.FLOAT16), 'fp16'),
        (graph(quantised=True), 'int8'),
    ],
)
def test_strong_typing_takes_the_precision_of_the_graph(
    newer: Session, content: bytes, precision: str
) -> None:
    plan = newer.build(content)
    assert plan is not None
    assert newer.trt._fake.builds[0].precision == precision
    assert (newer.run(plan)['derained'] == 11).all()


def test_layers_can_be_pinned_where_there_is_weak_typing() -> None:
    session = Session('8.6')
    network = session.network(graph())
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    (layer,) = [layer for layer in layers if layer.name == 'brighten']
    layer.precision = session.trt.DataType.FLOAT
    layer.set_output_type(0, session.trt.DataType.FLOAT)
    config = session.builder.create_builder_config()
    config.set_flag(session.trt.BuilderFlag.FP16)
    session.builder.build_serialized_network(network, config)
    assert session.trt._fake.builds[0].layers == {'brighten': ('FLOAT', 'FLOAT')}


def test_builds_fail_by_precision(session: Session) -> None:
    session.faults.build_errors['fp32'] = 'Error Code 10: Internal Error (no implementation)'
    assert session.build(graph()) is None
    assert 'no implementation' in session.said


def test_timings_are_kept_and_tied_to_version_and_gpu() -> None:
    session = Session('10.3')
    network = session.network(graph())
    config = session.builder.create_builder_config()
    assert config.get_timing_cache() is None
    assert config.create_timing_cache(b'damaged') is None
    cache = config.create_timing_cache(b'')
    assert config.set_timing_cache(cache, ignore_mismatch=False)
    session.builder.build_serialized_network(network, config)
    timings = bytes(config.get_timing_cache().serialize())
    again = config.create_timing_cache(timings)
    assert config.set_timing_cache(again, False)
    session.builder.build_serialized_network(network, config)
    assert [build.known_timings for build in session.trt._fake.builds] == [0, 1]
    for other in (Session('10.16'), Session('10.3', Gpu(name='NVIDIA Fake 2000'))):
        elsewhere = other.trt.Builder(other.logger).create_builder_config()
        foreign = elsewhere.create_timing_cache(timings)
        assert not elsewhere.set_timing_cache(foreign, False)
    assert elsewhere.set_timing_cache(foreign, True)
    with pytest.raises(TypeError, match='incompatible'):
        elsewhere.set_timing_cache(None, False)


def make_monitor(trt: Any, *, until: int = 100, fails: bool = False) -> Any:
    class Monitor(trt.IProgressMonitor):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.told: list[tuple[Any, ...]] = []
            self.threads: set[int] = set()

        def phase_start(self, phase: str, parent: str | None, steps: int) -> None:
            self.told.append(('start', phase, parent, steps))

        def step_complete(self, phase: str, step: int) -> bool:
            self.threads.add(threading.get_ident())
            self.told.append(('step', phase, step))
            if fails:
                raise ValueError
            return len(self.told) < until

        def phase_finish(self, phase: str) -> None:
            self.told.append(('finish', phase))

    return Monitor()


def test_monitors_are_told_from_other_threads(newer: Session) -> None:
    monitor = make_monitor(newer.trt)
    steps: list[int] = []
    newer.faults.on_step = steps.append
    assert newer.build(graph(), monitor=monitor) is not None
    assert monitor.told[0] == ('start', 'Building engine', None, 2)
    assert monitor.told[-1] == ('finish', 'Building engine')
    assert [told[2] for told in monitor.told if told[:2] == ('step', 'Timing kernels')] == steps
    assert threading.get_ident() not in monitor.threads


@pytest.mark.parametrize('fails', [False, True])
def test_monitors_end_a_build(newer: Session, fails: bool) -> None:
    monitor = make_monitor(newer.trt, until=100 if fails else 4, fails=fails)
    assert newer.build(graph(), monitor=monitor) is None
    assert 'cancelled' in newer.said
    assert [type(error) for error in newer.trt._fake.swallowed] == [ValueError] * fails


def test_a_class_that_does_not_initialise_its_base_is_refused(newer: Session) -> None:
    class Silent(newer.trt.IProgressMonitor):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            pass

    with pytest.raises(TypeError, match='must be called when overriding __init__'):
        Silent()


def test_objects_take_no_attributes_of_their_own(session: Session) -> None:
    config = session.trt.Builder(session.logger).create_builder_config()
    with pytest.raises(AttributeError, match='max_workspace'):
        config.max_workspace = 1
    with pytest.raises(TypeError, match='incompatible'):
        config.builder_optimization_level = '3'
    with pytest.raises(AttributeError):
        config.num_optimization_profiles = 3
    config.builder_optimization_level = 5
    assert config.builder_optimization_level == 5
    assert config.get_flag(session.trt.BuilderFlag.TF32)
    config.clear_flag(session.trt.BuilderFlag.TF32)
    assert not config.get_flag(session.trt.BuilderFlag.TF32)
    assert config.profiling_verbosity == session.trt.ProfilingVerbosity.LAYER_NAMES_ONLY


def test_enums_are_no_numbers(session: Session) -> None:
    trt = session.trt
    assert trt.DataType.HALF != 1
    assert trt.DataType.HALF != trt.TensorIOMode.INPUT
    assert int(trt.DataType.HALF) == 1
    assert trt.DataType.HALF.name == 'HALF'
    assert trt.ILogger.ERROR < trt.ILogger.WARNING
    with pytest.raises(TypeError, match='matching type'):
        _ = trt.DataType.HALF < trt.DataType.INT8
    with pytest.raises(TypeError):
        _ = 1 << trt.BuilderFlag.TF32
    with pytest.raises(TypeError, match='__eq__'):
        _ = trt.Dims((1, 2)) == trt.Dims((1, 2))
    assert trt.Dims((1, 2)) == (1, 2)


@pytest.mark.parametrize('gpu, code', [(Gpu(driver=0), 35), (Gpu(count=0), 100)])
@pytest.mark.parametrize('name', ['Builder', 'Runtime'])
def test_without_a_gpu_nothing_can_be_made(name: str, gpu: Gpu, code: int) -> None:
    session = Session('10.3', gpu)
    with pytest.raises(TypeError, match='factory function returned nullptr'):
        getattr(session.trt, name)(session.logger)
    assert session.said == f'CUDA initialization failure with error: {code}'
