"""Rates rise, fall and begin again with the second stage."""

from __future__ import annotations

import pytest

pytest.importorskip('torch', reason='torch is not installed: training is not tested')

from nitedr_ros.training.schedule import Schedule
from nitedr_ros.training.settings import BudgetConfig


def test_by_steps_the_clock_does_not_count() -> None:
    schedule = Schedule(BudgetConfig(steps=10), 0.7, (0, 0))
    assert schedule.progress(5, 1e9) == 0.5
    assert [schedule.stage(schedule.progress(step, 0)) for step in (0, 6, 7, 9)] == [0, 0, 1, 1]


def test_by_time_the_steps_do_not_count() -> None:
    schedule = Schedule(BudgetConfig(minutes=2), 0.7, (0, 0))
    assert schedule.progress(10**6, 30) == 0.25
    assert schedule.progress(1, 1e6) == 1.0


def test_each_stage_warms_up_and_falls_to_zero() -> None:
    schedule = Schedule(BudgetConfig(steps=1000), 0.5, (4, 9))
    assert schedule.factor(0.0, 0) == pytest.approx(0.2)
    assert schedule.factor(0.0, 4) == pytest.approx(1.0)
    assert schedule.factor(0.25, 250) == pytest.approx(0.5)
    assert schedule.factor(0.4999, 499) < 1e-4
    assert schedule.factor(0.5, 0) == pytest.approx(0.1)
    assert schedule.factor(0.75, 250) == pytest.approx(0.5)


@pytest.mark.parametrize(('boundary', 'stage'), [(0.0, 1), (1.0, 0)])
def test_a_stage_may_have_no_share(boundary: float, stage: int) -> None:
    schedule = Schedule(BudgetConfig(steps=10), boundary, (0, 0))
    assert {schedule.stage(progress) for progress in (0.0, 0.5, 0.9)} == {stage}
    assert 0 < schedule.factor(0.5, 5) < 1
