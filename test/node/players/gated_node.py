"""The node with an engine that waits at two gates: before it is opened, and before each pair.

A gate is a FIFO, from which it takes one byte each time. All arguments but the first two, the
gates, are the node's own. Prints `opening` and `infer NUMBER` before it waits; derained is the
visible image + 1, fused + 2.
"""

from __future__ import annotations

import os
import sys
import time

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.engines.selection import Selection
from nitedr_ros.node.main import run


class Gate:
    """The engine's side of a gate."""

    def __init__(self, path: str) -> None:
        # For writing too: so that it never comes to an end.
        self._fifo = os.open(path, os.O_RDWR)

    def wait(self) -> None:
        os.read(self._fifo, 1)


class GatedEngine(Engine):
    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._number = 0

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('gated', 'uint8', 'test', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        """Needs none."""

    def infer(self, visible: Image, thermal: Image) -> Inference:
        self._number += 1
        say(f'infer {self._number}')
        start = time.perf_counter()
        self._gate.wait()
        return Inference(visible + 2, visible + 1, time.perf_counter() - start)


def say(line: str) -> None:
    sys.stdout.write(f'{line}\n')
    sys.stdout.flush()


def main() -> None:
    opening, inference = Gate(sys.argv.pop(1)), Gate(sys.argv.pop(1))

    def open_engine(_config: Config, *_: object) -> Selection:
        say('opening')
        opening.wait()
        return Selection(GatedEngine(inference))

    sys.exit(run(open_engine=open_engine))


if __name__ == '__main__':
    main()
