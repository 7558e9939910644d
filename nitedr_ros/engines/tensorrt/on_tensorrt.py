"""What all engines on TensorRT have in common."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.engine import Engine, EngineInfo
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.installed import installed_tensorrt
from nitedr_ros.engines.tensorrt.plan_source import PlanSource
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings
from nitedr_ros.errors import EngineError


class OnTensorRt(Engine):
    """Runs plans of a model on one GPU; builds those that are not there yet.

    Each plan has been compared with fp32 when it was built. May be used from several threads, one
    after the other.
    """

    model: Model

    def set_up(
        self,
        config: EngineConfig,
        progress: Progress | None,
        trt: ModuleType | None,
        cuda: Cuda | None,
    ) -> None:
        """Find GPU and TensorRT, once `model` is there.

        progress: is told of builds, and may end them. trt, cuda: None for what is installed.
        Raises EngineError where TensorRT, cuda-python or a GPU is missing, or can't be used.
        """
        self._settings = TensorRtSettings.of(config, self.model)
        self._trt = installed_tensorrt() if trt is None else trt
        self._cuda = Cuda.load(config.device) if cuda is None else cuda
        self._progress = Progress() if progress is None else progress
        self._source = PlanSource(self.model, self._settings, self._trt, self._cuda)
        self._precision = self._settings.precisions[0]

    @property
    def info(self) -> EngineInfo:
        """TensorRT in the precision of the plan used last, on this GPU."""
        model = self.model.at(self._precision)
        runtime = f'TensorRT {self._trt.__version__} {self._cuda.name}'
        return EngineInfo(
            'tensorrt', self._precision, runtime, model.name, model.version, model.sha256
        )

    @property
    def builds_plans(self) -> bool:
        """It does."""
        return True

    @property
    def verdict(self) -> str:
        """What the gate said of the plan loaded last."""
        return self._source.verdict

    @property
    def warning(self) -> str:
        """Where a plan was built that could not be kept, or a safer one than asked for runs."""
        refused = '; '.join(refusal.reason for refusal in self._source.refusals)
        safer = f'a {self._precision} plan runs: {refused}' if refused else ''
        return '; '.join(filter(None, (self.unkept, safer)))

    @property
    def unkept(self) -> str:
        """Why the plan that was built last could not be kept; '' where it could."""
        return self._source.unkept

    @property
    def plans_folder(self) -> Path:
        """Where plans are kept."""
        return self._settings.folder

    @abstractmethod
    def manifest(self, height: int, width: int) -> PlanManifest:
        """Return the manifest of the plan for this size, loaded or built where it isn't yet.

        height, width: as of `warm_up`, whose errors it raises.
        """

    @abstractmethod
    def close(self) -> None:
        """Give all memory of the GPU back, as does letting go of the engine."""

    def __del__(self) -> None:
        # One that never came to be has nothing; and nobody could be told what goes wrong here.
        with suppress(AttributeError, EngineError):
            self.close()
