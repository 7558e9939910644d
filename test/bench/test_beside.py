"""Two engines at once."""

from __future__ import annotations

import threading

import pytest

from nitedr_ros.bench.beside import BesideTurn
from nitedr_ros.bench.turns import FRAME
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineError


class NotingThreads(PassthroughEngine):
    """Notes which threads run it, and what else runs meanwhile."""

    def __init__(self, other: NotingThreads | None = None) -> None:
        self.threads: set[str] = set()
        self.busy = threading.Event()
        self.other = other
        self.met = False

    def infer(self, visible, thermal):
        self.threads.add(threading.current_thread().name)
        self.busy.set()
        if self.other is not None and 'beside' in self.other.threads:
            self.met = self.met or self.other.busy.wait(5)
        return super().infer(visible, thermal)


def test_both_run_at_once_in_threads_of_their_own(scene) -> None:
    neighbour = NotingThreads()
    ours = NotingThreads(neighbour)
    turn = BesideTurn(ours, neighbour, [scene])
    turn.take(0.05)
    assert ours.threads == {threading.current_thread().name}
    assert neighbour.threads == {threading.current_thread().name, 'beside'}
    assert ours.met
    for each in (turn.neighbour, turn.neighbour_together, turn.ours_together):
        assert each.frames > 1
        assert each.clock.summaries()[FRAME].count == each.frames
    assert not [thread for thread in threading.enumerate() if thread.name == 'beside']


def test_a_neighbour_that_fails_is_told_of(scene, clock, paced) -> None:
    neighbour = paced([0.1])
    turn = BesideTurn(PassthroughEngine(), neighbour, [scene])
    turn.neighbour.take = lambda seconds: None
    turn.ours_together.take = lambda seconds: None
    neighbour.fails_after = 0
    with pytest.raises(EngineError, match='the engine broke'):
        turn.take(0.1)


def test_the_neighbour_ends_where_ours_fails(scene, clock, paced) -> None:
    ours = paced([0.1])
    ours.fails_after = 0
    turn = BesideTurn(ours, PassthroughEngine(), [scene])
    turn.neighbour.take = lambda seconds: None
    with pytest.raises(EngineError, match='the engine broke'):
        turn.take(0.1)
    assert not [thread for thread in threading.enumerate() if thread.name == 'beside']
