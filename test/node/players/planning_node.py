"""The node with an engine that builds a plan for each size, and waits at a gate for it.

Its arguments are those of `gated_node`; the first gate is that of the builds, the second is not
used. derained is the visible image + 1, fused + 2.
"""

from __future__ import annotations

import sys

from gated_node import Gate, GatedEngine

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Image, Inference
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.selection import Selection
from nitedr_ros.node.main import run


class PlanningEngine(GatedEngine):
    def __init__(self, gate: Gate, progress: Progress) -> None:
        super().__init__(gate)
        self._builds, self._progress = gate, progress

    @property
    def builds_plans(self) -> bool:
        return True

    def warm_up(self, height: int, width: int) -> None:
        self._progress.moved(f'building the plan for {width}x{height}', 0.25)
        self._builds.wait()
        self._progress.done()

    def infer(self, visible: Image, thermal: Image) -> Inference:
        return Inference(visible + 2, visible + 1, 0.001)


def main() -> None:
    gate = Gate(sys.argv.pop(1))
    del sys.argv[1]

    def open_engine(
        _config: Config, progress: Progress, _size: tuple[int, int] | None
    ) -> Selection:
        return Selection(PlanningEngine(gate, progress))

    sys.exit(run(open_engine=open_engine))


if __name__ == '__main__':
    main()
