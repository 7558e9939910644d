"""How TensorRT is to be used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.model import GraphPrecision, Model
from nitedr_ros.engines.plans.trusted_folder import plans_folder
from nitedr_ros.engines.tensorrt.cuda import Priority
from nitedr_ros.errors import EngineError

SAFER: tuple[GraphPrecision, ...] = ('int8', 'fp16', 'fp32')
"""From the fastest precision to the safest one."""


@dataclass(frozen=True)
class TensorRtSettings:
    """What the configuration says of TensorRT.

    precisions: to try, the wanted one first, then safer ones. build: whether missing plans may be
    built. memory_mb: most GPU memory to take, MiB; 0 for no limit.
    """

    precisions: tuple[GraphPrecision, ...]
    folder: Path
    build: bool
    workspace_mb: int
    memory_mb: int
    priority: Priority
    use_graph: bool

    @classmethod
    def of(cls, config: EngineConfig, model: Model) -> TensorRtSettings:
        """Return what a configuration says for a model.

        Raises EngineError where it asks for a precision that TensorRT or the model doesn't have.
        """
        return cls(
            precisions_to_try(config.precision, model),
            plans_folder(config.plans_folder),
            config.build_plans,
            config.workspace_mb,
            config.gpu_memory_mb,
            config.stream_priority,
            config.cuda_graph,
        )

    def check_memory(self, needed: int) -> None:
        """Raise EngineError where so many bytes are more GPU memory than may be taken."""
        if 0 < self.memory_mb << 20 < needed:
            raise EngineError(
                f'expected a plan within engine.gpu_memory_mb {self.memory_mb}, it needs '
                f'{math.ceil(needed / 2**20)} MiB: raise the limit, or set a smaller '
                'geometry.processing_size'
            )


def precisions_to_try(asked: str, model: Model) -> tuple[GraphPrecision, ...]:
    """Return the precision asked for, where the model has it, and then all safer ones it has.

    'auto' begins with fp16: int8 loses quality, and has to be asked for.
    """
    if asked == 'bf16':
        raise EngineError('tensorrt computes in fp32, fp16 or int8: set engine.precision to auto')
    first = SAFER.index('fp16' if asked == 'auto' else model.at(_named(asked)).precision)
    return tuple(name for name in SAFER[first:] if name in model.precisions)


def _named(asked: str) -> GraphPrecision:
    return next(name for name in SAFER if name == asked)
