"""The acceptance gate: a plan is used once it gives what ONNX Runtime gives in fp32."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.check import Differences, differences
from nitedr_ros.engines.execution_providers import CPU, GpuUse
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_session import open_session, run_session
from nitedr_ros.engines.tensorrt.graph_inputs import sample_inputs

Arrays = Mapping[str, npt.NDArray[Any]]
Run = Callable[[Arrays], Arrays]
"""Takes the inputs of a graph and returns its outputs, by name."""


class Gate:
    """Sample frames of one size and what the model's fp32 graph makes of them on the CPU."""

    def __init__(self, model: Model, size: tuple[int, int]) -> None:
        """size: height and width that the graph takes, pixels; all are computed once, here.

        Raises EngineError where the graph can't be run.
        """
        session = open_session(model.yardstick, (CPU,), 0, GpuUse()).session
        names = [output.name for output in session.get_outputs()]
        self._samples = [
            (inputs, dict(zip(names, run_session(session, names, inputs), strict=True)))
            for inputs in sample_inputs(model, size)
        ]

    def judge(self, who: str, run: Run) -> Differences:
        """Return how far a plan is from the yardstick over all samples, accepted.

        who: the plan, for errors. Raises EngineError where an image is blank or too far off, and
        whatever `run` raises.
        """
        return differences(who, self._images(run))

    def _images(
        self, run: Run
    ) -> Iterator[tuple[str, npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
        for inputs, theirs in self._samples:
            ours = run(inputs)
            for name, image in theirs.items():
                yield name, ours[name], image
