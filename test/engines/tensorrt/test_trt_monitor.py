"""TensorRT's log and progress, as nitedr tells them."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.fake_tensorrt import make_tensorrt
from machines import Machine, Told

from nitedr_ros.engines.tensorrt.monitor import (
    Complaints,
    made_with_cuda,
    make_logger,
    make_monitor,
)
from nitedr_ros.errors import EngineError


@pytest.fixture
def machine(trt_machine: Machine) -> Machine:
    return trt_machine


def test_the_first_complaint_is_the_one_that_counts() -> None:
    complaints = Complaints()
    for line in ('no\n  memory', *(f'led to this {number}' for number in range(20))):
        complaints.add(line)
    assert complaints.take() == 'no memory'
    assert complaints.take() == 'TensorRT gave no reason'


def test_complaints_can_be_forgotten_and_are_cut() -> None:
    complaints = Complaints()
    complaints.add('old')
    complaints.forget()
    complaints.add('x' * 1000)
    assert complaints.take() == 'x' * 200


def test_only_errors_are_passed_on(machine: Machine) -> None:
    complaints = Complaints()
    logger = make_logger(machine.trt, complaints)
    for severity in ('VERBOSE', 'INFO', 'WARNING'):
        machine.trt._fake.say(logger, severity, severity)
    assert complaints.take() == 'TensorRT gave no reason'
    for severity in ('ERROR', 'INTERNAL_ERROR'):
        machine.trt._fake.say(logger, severity, severity)
        assert complaints.take() == severity


@pytest.mark.parametrize('changes, error', [({'count': 0}, 100), ({'driver': 0}, 35)])
@pytest.mark.parametrize('name', ['Builder', 'Runtime'])
def test_without_a_gpu_the_reason_is_the_one_that_was_logged(
    machine: Machine, name: str, changes: dict[str, int], error: int
) -> None:
    bare = machine.restarted(**changes)
    complaints = Complaints()
    with pytest.raises(EngineError, match=rf'failure with error: {error}; check with nvidia-smi'):
        made_with_cuda(getattr(bare.trt, name), make_logger(bare.trt, complaints), complaints)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(params=['10.3', '10.16', '11.0'])
def monitor(request: pytest.FixtureRequest, told: Told) -> Any:
    return make_monitor(make_tensorrt(request.param), 'building', told)


def test_the_first_version_tells_nobody_how_far_it_is(told: Told) -> None:
    assert make_monitor(make_tensorrt('8.6'), 'building', told) is None


def test_inner_phases_are_a_step_of_the_outer_one(monitor: Any, told: Told) -> None:
    monitor.phase_start('outer', None, 4)
    assert monitor.step_complete('outer', 0)
    monitor.phase_start('inner', 'outer', 2)
    assert monitor.step_complete('inner', 0)
    assert told.text == 'building: inner, 38%'
    assert monitor.step_complete('inner', 1)
    monitor.phase_finish('inner')
    assert told.text == 'building: inner, 50%'
    for step in (1, 2, 3):
        assert monitor.step_complete('outer', step)
    assert told.steps[-1] == ('building: outer', 1.0)
    monitor.phase_finish('outer')


def test_phases_that_overlap_never_go_back(monitor: Any, told: Told) -> None:
    monitor.phase_start('all', None, 2)
    for name in ('one', 'two'):
        monitor.phase_start(name, 'all', 4)
    for step in range(4):
        monitor.step_complete('one', step)
    monitor.phase_finish('one')
    for step in range(4):
        monitor.step_complete('two', step)
    monitor.phase_finish('two')
    monitor.step_complete('all', 0)
    # Phases without steps, and steps of phases that nobody has begun, do no harm.
    monitor.phase_start('nothing', 'all', 0)
    monitor.step_complete('unknown', 7)
    monitor.phase_finish('unknown')
    shares = [share for _, share in told.steps]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.5 <= shares[-1] <= 1.0


def test_a_build_is_asked_to_end_once_progress_says_so(monitor: Any, told: Told) -> None:
    monitor.phase_start('outer', None, 4)
    assert monitor.step_complete('outer', 0)
    told.cancelled = True
    assert not monitor.step_complete('outer', 1)
