"""What is measured: models by engines by precisions by image sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from nitedr_ros.engines.execution_providers import CPU, CUDA, TENSORRT

Device = Literal['cpu', 'gpu']


@dataclass(frozen=True)
class Runner:
    """An engine as the benchmark names it.

    engine: its name in the configuration. device: where it computes. precisions: all it may be
    able to compute in. providers: ONNX Runtime's, best first; empty where it is not ONNX Runtime.
    """

    engine: str
    device: Device
    precisions: tuple[str, ...]
    providers: tuple[str, ...] = ()


RUNNERS = {
    'tensorrt': Runner('tensorrt', 'gpu', ('fp32', 'fp16', 'int8')),
    'onnxruntime-tensorrt': Runner('onnxruntime', 'gpu', ('fp32', 'fp16'), (TENSORRT, CUDA, CPU)),
    'onnxruntime-cuda': Runner('onnxruntime', 'gpu', ('fp32', 'fp16'), (CUDA, CPU)),
    'openvino': Runner('openvino', 'cpu', ('fp32', 'bf16', 'int8')),
    'onnxruntime': Runner('onnxruntime', 'cpu', ('fp32',), (CPU,)),
    'torch-cuda': Runner('torch', 'gpu', ('fp32', 'bf16', 'fp16')),
    'torch': Runner('torch', 'cpu', ('fp32', 'bf16')),
    'passthrough': Runner('passthrough', 'cpu', ('uint8',)),
}
"""By the name that the command takes."""
USUAL = ('tensorrt', 'onnxruntime-cuda', 'openvino', 'onnxruntime')
"""What is measured unless others are asked for."""


@dataclass(frozen=True)
class Combination:
    """A model by an engine, one of RUNNERS, in a precision, on images of one size, pixels."""

    model: str
    engine: str
    precision: str
    height: int
    width: int

    @property
    def device(self) -> Device:
        """Where it computes."""
        return RUNNERS[self.engine].device

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.height, self.width

    def __str__(self) -> str:
        """Say it in words."""
        return f'{self.model} {self.engine} {self.precision} {self.height}x{self.width}'


def combinations(
    models: Sequence[str],
    engines: Sequence[str],
    precisions: Sequence[str],
    sizes: Sequence[tuple[int, int]],
) -> list[Combination]:
    """Return all combinations, each once, in the order asked for.

    precisions: empty for all that each engine may have; else all of them by all engines.
    """
    return list(
        dict.fromkeys(
            Combination(model, engine, precision, height, width)
            for model, (height, width), engine in product(models, sizes, engines)
            for precision in precisions or RUNNERS[engine].precisions
        )
    )
