"""How ONNX Runtime's execution providers for NVIDIA GPUs are set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.trusted_folder import default_folder, open_trusted_folder

CPU = 'CPUExecutionProvider'
CUDA = 'CUDAExecutionProvider'
TENSORRT = 'TensorrtExecutionProvider'
ON_GPU = (TENSORRT, CUDA)
"""Providers whose inputs and outputs lie in CUDA memory."""


@dataclass(frozen=True)
class GpuUse:
    """What a session may take of a GPU.

    device: index of the GPU. memory_mb: most memory for ONNX Runtime's arena, MiB; 0 for no limit.
    workspace_mb: scratch memory for a TensorRT kernel, MiB. plans_folder: keeps what the TensorRT
    provider builds; empty for the default one.

    A stream's priority is not among it: ONNX Runtime makes its streams without one.
    """

    device: int = 0
    memory_mb: int = 0
    workspace_mb: int = 1024
    plans_folder: str = ''

    @classmethod
    def of(cls, config: EngineConfig) -> GpuUse:
        """Return what a configuration says."""
        return cls(config.device, config.gpu_memory_mb, config.workspace_mb, config.plans_folder)


def with_options(
    providers: Sequence[str], use: GpuUse, model: Model
) -> list[tuple[str, dict[str, str]]]:
    """Return the providers with their options, as a session takes them.

    model: in fp32 it is computed in fp32, not in TF32. Raises EngineError where the folder of
    plans is not the user's own.
    """
    made = {CUDA: lambda: _cuda(use), TENSORRT: lambda: _tensorrt(use, model)}
    return [(name, made[name]() if name in made else {}) for name in providers]


def _cuda(use: GpuUse) -> dict[str, str]:
    options = {
        'device_id': str(use.device),
        # A search by time could choose other algorithms, and so other roundings, in each run.
        'cudnn_conv_algo_search': 'HEURISTIC',
        'use_tf32': '0',
        # By powers of two, the default, the arena would take far more than it needs.
        'arena_extend_strategy': 'kSameAsRequested',
    }
    if use.memory_mb:
        options['gpu_mem_limit'] = str(use.memory_mb * 2**20)
    return options


def _tensorrt(use: GpuUse, model: Model) -> dict[str, str]:
    plans = str(_folder_of_plans(use, model))
    return {
        'device_id': str(use.device),
        'trt_max_workspace_size': str(use.workspace_mb * 2**20),
        'trt_fp16_enable': str(int(model.precision == 'fp16')),
        'trt_int8_enable': str(int(model.precision == 'int8')),
        'trt_engine_cache_enable': '1',
        'trt_engine_cache_path': plans,
        'trt_timing_cache_enable': '1',
        'trt_timing_cache_path': plans,
    }


def _folder_of_plans(use: GpuUse, model: Model) -> Path:
    root = Path(use.plans_folder).expanduser() if use.plans_folder else default_folder()
    # One for each graph, as the provider's own names don't tell weights apart. What lies there is
    # run, so that nobody else may write to it.
    folder = root / 'onnxruntime' / model.sha256
    with open_trusted_folder(folder, create=True) as trusted:
        return trusted.path
