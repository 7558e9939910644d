"""Opening a model's graph in ONNX Runtime and running it, with errors in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import onnxruntime

from nitedr_ros.engines.engine import EngineInfo
from nitedr_ros.engines.execution_providers import CPU, ON_GPU, TENSORRT, GpuUse, with_options
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError


@dataclass(frozen=True)
class OpenedSession:
    """A session, its first execution provider, and the precision that its graph states."""

    session: onnxruntime.InferenceSession
    provider: str
    precision: str

    def info(self, model: Model) -> EngineInfo:
        """Describe it as an engine that runs this model."""
        provider = self.provider.removesuffix('ExecutionProvider')
        runtime = f'onnxruntime {onnxruntime.__version__} {provider}'
        return EngineInfo(
            'onnxruntime', self.precision, runtime, model.name, model.version, model.sha256
        )


def open_session(
    model: Model, providers: Sequence[str], threads: int, gpu: GpuUse
) -> OpenedSession:
    """Open a model's graph.

    providers: names of execution providers, best first; each must be in the installed build, and
    the first one must be able to start: there is no silent fall-back to the CPU. threads: CPU
    threads; 0 leaves it to the runtime. Raises EngineError where it can't be opened so.
    """
    available = onnxruntime.get_available_providers()
    missing = [provider for provider in providers if provider not in available]
    if missing:
        raise EngineError(
            f'expected execution providers among {", ".join(available)}, '
            f'got {", ".join(missing)}: install the ONNX Runtime build that has them'
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.use_deterministic_compute = providers[0] in ON_GPU
    try:
        session = onnxruntime.InferenceSession(
            model.read_verified(),
            options,
            providers=with_options(providers, gpu, model),
            # Else a provider that fails, also on a later frame, is replaced by the CPU.
            enable_fallback=0,
        )
    except EngineError:
        raise
    except Exception as error:  # the runtime raises types of its own, without a common base
        raise EngineError(one_line(f'ONNX Runtime cannot load {model.path}', error)) from error
    provider = _started(session.get_providers()[0], providers[0])
    stated = session.get_modelmeta().custom_metadata_map
    return OpenedSession(session, provider, stated.get('precision', model.precision))


def run_session(
    session: onnxruntime.InferenceSession,
    outputs: Sequence[str],
    inputs: Mapping[str, npt.NDArray[Any]],
) -> list[npt.NDArray[Any]]:
    """Run a session; raises EngineError where that fails."""
    try:
        found: list[npt.NDArray[Any]] = session.run(list(outputs), dict(inputs))
    except Exception as error:
        raise EngineError(one_line('ONNX Runtime failed', error)) from error
    return found


def one_line(what: str, error: Exception) -> str:
    """Return an error of the runtime as one line."""
    return f'{what}: {" ".join(str(error).split())[:200]}'


def _started(came: str, asked: str) -> str:
    """Return the provider that a session uses first, which must be the one asked for first.

    ONNX Runtime goes on with the next provider where one can't start, and tells its log only.
    """
    if came == asked:
        return came
    needs = 'CUDA, cuDNN' + (' and TensorRT' if asked == TENSORRT else '')
    advice = (
        f'install the {needs} that this ONNX Runtime was built for and check the GPU with '
        f'nvidia-smi'
        if asked in ON_GPU
        else 'check what it needs'
    )
    raise EngineError(
        f'expected ONNX Runtime to run on {asked}, it could not start and {came} came in its '
        f'place: {advice}, or set engine.providers to [{CPU}]'
    )
