"""What `nitedr bench` takes from the networks' side: torch as an engine, the published networks.

All is imported when it is asked for, so that nothing else needs torch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nitedr_ros.bench.benchmark import ProbeMaker
from nitedr_ros.bench.combination import RUNNERS, Combination
from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError

if TYPE_CHECKING:
    from nitedr_ros.networks.torch_network import TorchPrecision

_TRAINING = 'training'
"""Folder of the training run that a model was exported from, beside its graph."""


def torch_engine(model: Model, combination: Combination, config: EngineConfig) -> Engine:
    """Make the development engine from the training run that a model comes with.

    Raises EngineError where it has none, or torch or the precision is missing.
    """
    runner = RUNNERS[combination.engine]
    if combination.precision not in runner.precisions:
        raise EngineError(
            f'expected {combination.engine} in {" or ".join(runner.precisions)}, got '
            f'{combination.precision}: ask for one of those'
        )
    run = model.path.parent / _TRAINING
    if not run.is_dir():
        raise EngineError(
            f'expected the training run of {model.name} in {run}, there is none: torch runs only '
            f'models that come with theirs'
        )
    _need('torch', 'safetensors')
    from nitedr_ros.networks.torch_engine import open_torch_engine  # noqa: PLC0415

    return open_torch_engine(
        run,
        device='cuda' if runner.device == 'gpu' else 'cpu',
        precision=cast('TorchPrecision', combination.precision),
        use_graph=config.cuda_graph,
        threads=config.threads,
        index=config.device,
    )


def gpu_probes(device: int) -> ProbeMaker | None:
    """Return what makes probes of a GPU by a precision; None without torch or a GPU."""
    if find_spec('torch') is None:
        return None
    from nitedr_ros.networks.device_rates import probes_of  # noqa: PLC0415

    return probes_of(device)


def published_networks(threads: int) -> Callable[[], Engine]:
    """Return what loads the published networks with random weights into ONNX Runtime.

    Raises EngineError where torch or onnx is missing.
    """
    _need('torch', 'onnx')

    def load() -> Engine:
        from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: PLC0415
        from nitedr_ros.networks.reference.stand_in import published_model  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            return OnnxRuntimeEngine(published_model(Path(folder)), threads=threads)

    return load


def _need(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise EngineError(
                f'expected {package}, it is missing: pip install "nitedr_ros[train]"'
            )
