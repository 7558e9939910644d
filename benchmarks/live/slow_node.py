"""The node with an engine that takes its time and changes nothing.

All arguments but the first, the milliseconds of one inference, are the node's own.
"""

from __future__ import annotations

import sys
import time

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.engines.selection import Selection
from nitedr_ros.node.main import run


class SlowEngine(Engine):
    """Waits as for an accelerator: without computing, and without Python's lock."""

    def __init__(self, milliseconds: float) -> None:
        self._seconds = milliseconds / 1e3

    @property
    def info(self) -> EngineInfo:
        """It runs no model."""
        return EngineInfo('slow', 'uint8', f'waits {1e3 * self._seconds:g} ms', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        """Nothing to prepare."""

    def infer(self, visible: Image, thermal: Image) -> Inference:  # noqa: ARG002
        """Return the visible image, after a while."""
        start = time.perf_counter()
        time.sleep(self._seconds)
        return Inference(visible, visible, time.perf_counter() - start)


def main() -> None:
    """Run the node."""
    milliseconds = float(sys.argv.pop(1))

    def open_engine(_config: Config, *_: object) -> Selection:
        return Selection(SlowEngine(milliseconds))

    sys.exit(run(open_engine=open_engine))


if __name__ == '__main__':
    main()
