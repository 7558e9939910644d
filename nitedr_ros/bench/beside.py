"""Two engines at once: what each costs the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from nitedr_ros.bench.scenes import Pair
from nitedr_ros.bench.turns import SequentialTurn
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import EngineError


class BesideTurn:
    """Ours while another one, such as a stand-in for a detector, runs in a thread of its own.

    neighbour: it alone. ours_together, neighbour_together: both while the other runs.
    """

    def __init__(self, ours: Engine, neighbour: Engine, scenes: Sequence[Pair]) -> None:
        self.neighbour_engine = neighbour
        self.neighbour = SequentialTurn(neighbour, scenes)
        self.ours_together = SequentialTurn(ours, scenes)
        self.neighbour_together = SequentialTurn(neighbour, scenes)

    def take(self, seconds: float) -> None:
        """Run the neighbour alone for so long, and both at once for as long again.

        Raises EngineError where either fails.
        """
        self.neighbour.take(seconds)
        other = _Thread(self.neighbour_together)
        other.start()
        try:
            other.running.wait()
            self.ours_together.take(seconds)
        finally:
            other.end()
        if other.failure is not None:
            raise other.failure


class _Thread(threading.Thread):
    """Runs an engine until told to end; `running` is set once the first frame is through."""

    def __init__(self, turn: SequentialTurn) -> None:
        super().__init__(name='beside', daemon=True)
        self.running = threading.Event()
        self.failure: EngineError | None = None
        self._ending = threading.Event()
        self._turn = turn

    def run(self) -> None:
        try:
            self._turn.begin()
            self.running.set()
            start = now = time.perf_counter()
            while not self._ending.is_set():
                now = self._turn.step(now)
            self._turn.seconds += now - start
        except EngineError as error:
            self.failure = error
        finally:
            self.running.set()

    def end(self) -> None:
        self._ending.set()
        self.join()
