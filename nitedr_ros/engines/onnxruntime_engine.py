"""ONNX Runtime: runs everywhere, and is the yardstick that other engines are checked against."""

from __future__ import annotations

from collections.abc import Sequence

import onnxruntime

from nitedr_ros.engines.engine import EngineInfo, Image, NetworkEngine
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError


class OnnxRuntimeEngine(NetworkEngine):
    """Runs a model in fp32 through ONNX Runtime's execution providers.

    providers: names of execution providers, best first; each must be in the installed build.
    threads: CPU threads; 0 leaves it to the runtime.
    """

    def __init__(
        self,
        model: Model,
        *,
        providers: Sequence[str] = ('CPUExecutionProvider',),
        threads: int = 0,
    ) -> None:
        super().__init__(model)
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
        try:
            self._session = onnxruntime.InferenceSession(
                model.read_verified(), options, providers=list(providers)
            )
        except EngineError:
            raise
        except Exception as error:  # the runtime raises types of its own, without a common base
            raise EngineError(
                _one_line(f'ONNX Runtime cannot load {model.path}', error)
            ) from error

    @property
    def info(self) -> EngineInfo:
        """ONNX Runtime in fp32, with the provider that comes first."""
        provider = self._session.get_providers()[0].removesuffix('ExecutionProvider')
        runtime = f'onnxruntime {onnxruntime.__version__} {provider}'
        model = self.model
        return EngineInfo('onnxruntime', 'fp32', runtime, model.name, model.version, model.sha256)

    def _run(self, visible: Image, thermal: Image) -> tuple[Image, Image]:
        try:
            fused, derained = self._session.run(
                ['fused', 'derained'], {'visible': visible, 'thermal': thermal}
            )
        except Exception as error:
            raise EngineError(_one_line('ONNX Runtime failed', error)) from error
        return fused, derained


def _one_line(what: str, error: Exception) -> str:
    return f'{what}: {" ".join(str(error).split())[:200]}'
