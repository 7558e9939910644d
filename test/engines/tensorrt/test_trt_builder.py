"""From an ONNX graph to a plan: typed as the graph says, and one line where none comes of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import onnx
import pytest
from fakes.faults import Build
from machines import Machine, Told

from nitedr_ros.engines.model import GraphPrecision, Model
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.builder import BuildSettings, Built, PlanBuilder
from nitedr_ros.errors import EngineError

SHAPES = {'visible': (1, 8, 16, 3), 'thermal': (1, 8, 16)}
PRECISIONS = ('fp32', 'fp16', 'int8')


@pytest.fixture
def machine(trt_machine: Machine) -> Machine:
    return trt_machine


def build(
    machine: Machine,
    model: Model,
    precision: GraphPrecision = 'fp32',
    progress: Progress | None = None,
    timings: bytes = b'',
) -> Built:
    settings = BuildSettings(precision, SHAPES, 64)
    content = model.at(precision).read_verified()
    return PlanBuilder(machine.trt).build(content, settings, progress or Progress(), timings)


def last(machine: Machine) -> Build:
    found = machine.trt._fake.builds[-1]
    assert isinstance(found, Build)
    return found


@pytest.mark.parametrize('precision', PRECISIONS)
def test_a_plan_is_built_for_its_shapes_in_the_types_of_the_graph(
    machine: Machine, model: Model, precision: GraphPrecision
) -> None:
    built = build(machine, model, precision)
    assert built.plan.startswith(b'FAKE-PLAN')
    assert machine.built == [precision]
    assert last(machine).shapes == SHAPES
    assert last(machine).workspace == 64 << 20
    assert machine.trt._fake.log == [
        ('WARNING', message) for _, message in machine.trt._fake.log if 'INT64' in message
    ]


@pytest.mark.parametrize('precision', PRECISIONS)
def test_types_are_left_to_the_graph_where_that_is_possible(
    machine: Machine, model: Model, precision: GraphPrecision
) -> None:
    build(machine, model, precision)
    weak = machine.version == '8.6'
    assert PlanBuilder(machine.trt).strongly_typed == last(machine).strongly_typed == (not weak)
    constrained = ('FP16', 'OBEY_PRECISION_CONSTRAINTS')
    # TF32, which every TensorRT allows unless told otherwise, is not among them.
    allowed = {'fp32': (), 'fp16': constrained, 'int8': ('INT8',)}[precision]
    assert last(machine).flags == (allowed if weak else ())


@pytest.mark.parametrize('precision', PRECISIONS)
def test_where_flags_allow_fp16_layers_in_fp32_are_held_to_it(
    machine: Machine, model: Model, precision: GraphPrecision
) -> None:
    build(machine, model, precision)
    held = last(machine).layers
    if machine.version != '8.6' or precision != 'fp16':
        # Held to fp32, what lies between two scales would not be computed in int8.
        assert held == {}
        return
    assert set(held.values()) == {('FLOAT', 'FLOAT')}
    # Those without a name of their own are called after what they do.
    operators = sorted(name.rpartition('[')[2].rstrip(']') for name in held)
    # The product is in fp16.
    assert operators == ['Cast', 'Cast', 'Max', 'Unsqueeze', 'dimmed/fp32']


def test_networks_are_made_with_the_flags_that_there_are(
    machine: Machine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, create = [], machine.trt.Builder.create_network

    def spy(builder: Any, flags: int) -> Any:
        asked.append(flags)
        return create(builder, flags)

    monkeypatch.setattr(machine.trt.Builder, 'create_network', spy)
    build(machine, model)
    flags = machine.trt.NetworkDefinitionCreationFlag
    wanted = flags.EXPLICIT_BATCH if machine.version == '8.6' else flags.STRONGLY_TYPED
    assert asked == [1 << int(wanted)]


def test_what_was_learnt_serves_the_next_build(machine: Machine, model: Model) -> None:
    first = build(machine, model)
    second = build(machine, model, 'fp16', timings=first.timings)
    assert last(machine).known_timings == 1
    build(machine, model, 'int8', timings=second.timings)
    assert last(machine).known_timings == 2


def test_timings_of_another_gpu_or_of_none_are_left(machine: Machine, model: Model) -> None:
    foreign = build(machine.restarted(name='Another'), model).timings
    for timings in (foreign, b'garbage', foreign[:-3]):
        assert build(machine, model, timings=timings).plan
        assert last(machine).known_timings == 0


def test_a_graph_that_can_not_be_read_is_refused(machine: Machine, model: Model) -> None:
    version = machine.trt.__version__
    machine.faults.parser_errors = ['No importer registered\n for op: Warp', 'and more']
    with pytest.raises(EngineError) as caught:
        build(machine, model)
    reason = 'No importer registered for op: Warp'
    assert str(caught.value) == f'TensorRT {version} can not read the graph: {reason}'
    settings = BuildSettings('fp32', SHAPES, 64)
    with pytest.raises(EngineError, match='can not read the graph') as caught:
        PlanBuilder(machine.trt).build(b'no graph', settings, Progress())
    assert '\n' not in str(caught.value)
    assert machine.built == []


def test_bytes_within_the_graph_are_refused(machine: Machine, tiny_model: Model) -> None:
    graph = onnx.load(str(tiny_model.path))
    graph.graph.node.insert(0, onnx.helper.make_node('Identity', ['visible'], ['same']))
    graph.graph.node[1].input[0] = 'same'
    settings = BuildSettings('fp32', SHAPES, 64)
    with pytest.raises(EngineError, match='UINT8'):
        PlanBuilder(machine.trt).build(graph.SerializeToString(), settings, Progress())


@pytest.mark.parametrize('timings', [b'', b'garbage'])
def test_a_build_that_fails_gives_the_reason_of_that_build(
    machine: Machine, model: Model, timings: bytes
) -> None:
    machine.faults.build_errors = {'fp16': 'Error Code 2: OutOfMemory (no memory\nfor tactics)'}
    builder = PlanBuilder(machine.trt)
    settings = BuildSettings('fp16', SHAPES, 64)
    content = model.at('fp16').read_verified()
    with pytest.raises(EngineError) as caught:
        builder.build(content, settings, Progress(), timings)
    assert str(caught.value) == (
        f'TensorRT {machine.trt.__version__} built no fp16 plan: IBuilder::buildSerializedNetwork:'
        ' Error Code 2: OutOfMemory (no memory for tactics); another engine.precision may do'
    )
    safer = dataclasses.replace(settings, precision='fp32')
    assert builder.build(model.read_verified(), safer, Progress()).plan


def test_a_graph_with_other_inputs_is_refused(machine: Machine, model: Model) -> None:
    settings = BuildSettings('fp32', {**SHAPES, 'depth': (1, 8, 16)}, 64)
    with pytest.raises(EngineError, match=r'inputs depth, thermal, visible, got thermal, visible'):
        PlanBuilder(machine.trt).build(model.read_verified(), settings, Progress())
    assert machine.built == []


def test_without_a_gpu_it_says_so(machine: Machine, model: Model) -> None:
    with pytest.raises(EngineError, match='finds no GPU that it can use'):
        build(machine.restarted(count=0), model)


def test_progress_rises_to_all_of_it(machine: Machine, model: Model) -> None:
    told = Told()
    build(machine, model, 'fp16', told)
    assert all(what.startswith('building the fp16 plan') for what, _ in told.steps)
    shares = [share for _, share in told.steps]
    if machine.has_monitor:
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)
        assert len(set(shares)) > machine.faults.steps
    else:
        assert told.steps == [('building the fp16 plan', None)]


def test_a_build_can_be_ended(machine: Machine, model: Model) -> None:
    progress, steps = Progress(), []

    def on_step(step: int) -> None:
        steps.append(step)
        progress.cancelled = True

    machine.faults.on_step = on_step
    with pytest.raises(EngineError, match='building the fp16 plan was ended before its time'):
        build(machine, model, 'fp16', progress)
    # Where TensorRT can't be told to end, its plan is not taken.
    assert len(steps) == (1 if machine.has_monitor else machine.faults.steps)
