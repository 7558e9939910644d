"""Plans that are refused leave it to the next safer precision, and no plan is one line."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.faults import Spoiler, black, inverted, off_by
from machines import Machine, Told

from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.plan_source import Acquired, PlanSource
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings
from nitedr_ros.errors import EngineError

SIZE = (32, 48)
SPOILERS = [
    pytest.param(black, 'gives a blank fused image', id='black'),
    pytest.param(inverted, 'differs by', id='inverted'),
    pytest.param(off_by(20), 'differs by 20.00', id='off by 20'),
]


def source_of(machine: Machine, model: Model, **changes: Any) -> PlanSource:
    settings = TensorRtSettings.of(machine.config(**changes), model)
    return PlanSource(model, settings, machine.trt, machine.cuda())


def acquire(
    machine: Machine, model: Model, progress: Progress | None = None, **changes: Any
) -> Acquired:
    source = source_of(machine, model, **{'precision': 'int8', **changes})
    acquired = source.acquire(SIZE, progress or Progress())
    acquired.execution.close()
    return acquired


def refused_in_one_line(machine: Machine, model: Model, told: str, **changes: Any) -> str:
    with pytest.raises(EngineError, match=told) as caught:
        acquire(machine, model, **changes)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize('spoil, reason', SPOILERS)
def test_a_plan_that_is_wrong_is_left_for_a_safer_one(
    machine: Machine, model: Model, spoil: Spoiler, reason: str
) -> None:
    machine.faults.outputs = {'int8': spoil}
    acquired = acquire(machine, model)
    assert acquired.precision == 'fp16'
    assert machine.built == ['int8', 'fp16']
    (refusal,) = acquired.manifest.refused
    assert refusal.precision == 'int8'
    assert refusal.reason.startswith(f'the int8 plan {reason}')
    again = machine.restarted()
    assert acquire(again, model).manifest == acquired.manifest
    assert again.built == []


@pytest.mark.parametrize('spoil, reason', SPOILERS)
def test_the_safest_one_comes_last(
    newest: Machine, model: Model, spoil: Spoiler, reason: str
) -> None:
    newest.faults.outputs = {'int8': spoil, 'fp16': spoil}
    acquired = acquire(newest, model)
    assert acquired.precision == 'fp32'
    assert [refusal.precision for refusal in acquired.manifest.refused] == ['int8', 'fp16']
    again = newest.restarted()
    assert acquire(again, model).precision == 'fp32'
    assert again.built == []


def test_where_all_are_wrong_there_is_no_plan(machine: Machine, model: Model) -> None:
    machine.faults.outputs = {'int8': black, 'fp16': inverted, 'fp32': off_by(20)}
    told = refused_in_one_line(
        machine, model, '^no TensorRT plan for 48x32 passes: int8: the int8'
    )
    assert '; fp16: the fp16 plan differs by' in told
    assert '; fp32: the fp32 plan differs by 20.00' in told
    assert PlanCache(machine.folder).entries() == []


def test_a_refusal_counts_only_for_who_would_have_had_it(newest: Machine, model: Model) -> None:
    # One that was built for fp16 says nothing of int8.
    acquire(newest, model, precision='fp16')
    assert acquire(newest, model).precision == 'int8'
    assert newest.built == ['fp16', 'int8']
    newest.faults.outputs = {'int8': black}
    newest.folder = newest.folder.parent / 'others'
    acquire(newest, model)
    assert newest.built[2:] == ['int8', 'fp16']
    assert acquire(newest, model, precision='fp16').precision == 'fp16'
    assert len(newest.built) == 4


def test_a_plan_that_does_not_come_about_is_left_for_a_safer_one(
    machine: Machine, model: Model
) -> None:
    machine.faults.build_errors = {'int8': 'Error Code 10: no\nimplementation'}
    acquired = acquire(machine, model)
    assert acquired.precision == 'fp16'
    (refusal,) = acquired.manifest.refused
    assert 'Error Code 10: no implementation; another' in refusal.reason


def test_a_plan_that_fails_on_the_samples_is_left_for_a_safer_one(
    newest: Machine, model: Model
) -> None:
    # Without a graph, the first sample is the first that is run.
    newest.faults.enqueue_errors = 1
    acquired = acquire(newest, model, cuda_graph=False)
    assert acquired.precision == 'fp16'
    (refusal,) = acquired.manifest.refused
    assert 'could not run the plan' in refusal.reason


def test_a_graph_that_can_not_be_read_gives_no_plan(machine: Machine, model: Model) -> None:
    machine.faults.parser_errors = ['No importer registered for op: Warp']
    told = refused_in_one_line(machine, model, 'can not read the graph: No importer')
    assert told.count('Warp') == 3


@pytest.mark.parametrize(
    'faults, changes, told',
    [
        ({'context_bytes': 4 << 30}, {}, 'expected 4096 MiB of GPU memory'),
        ({'context_bytes': 3 << 20}, {'gpu_memory_mb': 3}, r'gpu_memory_mb 3, it needs 4 MiB'),
        ({'no_capture': True}, {}, 'could not run the plan'),
    ],
)
def test_what_speaks_against_no_precision_is_held_against_none(
    machine: Machine, model: Model, faults: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    for name, value in faults.items():
        setattr(machine.faults, name, value)
    refused_in_one_line(machine, model, told, **changes)
    assert machine.built == ['int8']
    again = machine.restarted()
    assert acquire(again, model).manifest.refused == ()
    assert again.built == ['int8']


def test_a_plan_within_the_limit_is_taken(newest: Machine, model: Model) -> None:
    newest.faults.context_bytes = 3 << 20
    assert acquire(newest, model, gpu_memory_mb=4).precision == 'int8'
    # The limit is for plans that are there already, too.
    refused_in_one_line(newest, model, 'gpu_memory_mb 3, it needs 4 MiB', gpu_memory_mb=3)


def test_a_failure_is_remembered(newest: Machine, model: Model) -> None:
    newest.faults.outputs = {'int8': black, 'fp16': black, 'fp32': black}
    source = source_of(newest, model)
    told = []
    for _ in range(2):
        with pytest.raises(EngineError) as caught:
            source.acquire(SIZE, Progress())
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert newest.built == ['fp16', 'fp32']


def test_a_build_that_was_ended_is_no_refusal(machine: Machine, model: Model) -> None:
    progress = Progress()
    machine.faults.on_step = lambda step: setattr(progress, 'cancelled', True)
    source = source_of(machine, model, precision='int8')
    with pytest.raises(EngineError, match='building the int8 plan was ended before its time'):
        source.acquire(SIZE, progress)
    assert progress.text == ''
    assert PlanCache(machine.folder).entries() == []
    machine.faults.on_step = lambda step: None
    acquired = source.acquire(SIZE, Progress())
    acquired.execution.close()
    assert (acquired.precision, acquired.manifest.refused) == ('int8', ())


def test_says_what_is_being_done(machine: Machine, model: Model) -> None:
    machine.faults.outputs = {'int8': black}
    told = Told()
    acquire(machine, model, told)
    doing = list(dict.fromkeys(what.partition(':')[0] for what, _ in told.steps))
    assert doing == [
        'computing sample frames in fp32',
        'building the int8 plan',
        'comparing the int8 plan with fp32',
        'building the fp16 plan',
        'comparing the fp16 plan with fp32',
        '',
    ]
    quiet = Told()
    acquire(machine.restarted(), model, quiet)
    assert quiet.steps == [('', None)]
