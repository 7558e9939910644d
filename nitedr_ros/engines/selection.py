"""Which engine runs: the one asked for, or with `auto` the first that is installed and right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.check import check_engine
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.execution_providers import GpuUse
from nitedr_ros.engines.frames_engine import FramesEngine
from nitedr_ros.engines.hardware import nvidia_gpu
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.standby import StandbyEngine
from nitedr_ros.errors import EngineError

AUTO_ORDER = ('tensorrt', 'openvino', 'onnxruntime')
"""What `auto` tries, first to last; TensorRT, and what stands in for it on the GPU, where it is
installed or there is a GPU."""
GPU_PROVIDERS = ('TensorrtExecutionProvider', 'CUDAExecutionProvider')
"""ONNX Runtime's providers that stand in for TensorRT, best first."""


@dataclass(frozen=True)
class Selection:
    """The engine chosen, how it did in the numeric check, and why others were passed over."""

    engine: Engine
    verdict: str = 'not checked, as it was asked for by name'
    passed_over: tuple[str, ...] = ()


def is_installed(name: str) -> bool:
    """Tell whether the runtime of an engine can be imported."""
    return name == 'passthrough' or find_spec(name) is not None


def how_to_get(name: str) -> str:
    """Return what brings the runtime of an engine, in words."""
    if name == 'tensorrt':
        return "JetPack's python3-libnvinfer, or pip install tensorrt"
    return f'pip install {name}'


def create_engine(
    name: str, model: Model, config: EngineConfig, progress: Progress | None = None
) -> Engine:
    """Make one engine; EngineError when its runtime is missing or can't load the model.

    progress: is told of what takes long.
    """
    if name == 'passthrough':
        return PassthroughEngine()
    if not is_installed(name):
        raise EngineError(f'expected {name} to be installed, it is not: {how_to_get(name)}')
    # Imported here so that each runtime is needed by its own engine only.
    if name == 'tensorrt':
        from nitedr_ros.engines.tensorrt.tensorrt_engine import TensorRtEngine  # noqa: PLC0415
        from nitedr_ros.engines.tensorrt.tensorrt_frames_engine import (  # noqa: PLC0415
            TensorRtFramesEngine,
        )

        if model.camera_frames is not None:
            return TensorRtFramesEngine(model, config, progress)
        return TensorRtEngine(model, config, progress)
    if name == 'openvino':
        from nitedr_ros.engines.openvino_engine import OpenVinoEngine  # noqa: PLC0415

        if config.precision == 'fp16':
            raise EngineError('openvino has no fp16 on CPUs: set engine.precision to auto or bf16')
        return OpenVinoEngine(model, precision=config.precision, threads=config.threads)
    if name == 'onnxruntime':
        from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: PLC0415
        from nitedr_ros.engines.onnxruntime_frames_engine import (  # noqa: PLC0415
            OnnxRuntimeFramesEngine,
        )

        if config.precision == 'bf16':
            raise EngineError('onnxruntime has no bf16: set engine.precision to auto or fp32')
        if config.precision != 'auto':
            model = model.at(config.precision)
        make = OnnxRuntimeEngine if model.camera_frames is None else OnnxRuntimeFramesEngine
        return make(
            model, providers=config.providers, threads=config.threads, gpu=GpuUse.of(config)
        )
    raise EngineError(f'expected one of {", ".join((*AUTO_ORDER, "passthrough"))}, got {name!r}')


def select_engine(
    model: Model,
    config: EngineConfig,
    progress: Progress | None = None,
    size: tuple[int, int] | None = None,
) -> Selection:
    """Make the engine that the configuration asks for, ready for images of a size.

    An engine asked for by name is taken or refused, unless `fallback` lets others stand in for
    it. `auto` takes the first of AUTO_ORDER that is there and passes the numeric check. size:
    height and width, pixels; None where not known yet: what then turns out not to be possible for
    a size is left to the next engine when it shows.
    """
    if config.name != 'auto' and not config.fallback:
        engine = create_engine(config.name, model, config, progress)
        if size is not None:
            engine.warm_up(*size)
        return Selection(engine)
    return _first(model, candidates(config), progress, size)


def candidates(config: EngineConfig) -> list[EngineConfig]:
    """Return the configurations to try in turn, each with an engine's name."""
    if config.name == 'auto':
        first, *others = (config.model_copy(update={'name': name}) for name in AUTO_ORDER)
        if nvidia_gpu() or is_installed(first.name):
            return [first, *_on_gpu(config), *others]
        return others
    on_gpu = _on_gpu(config) if config.name == 'tensorrt' else []
    others = [
        _instead(config, name, ('CPUExecutionProvider',))
        for name in AUTO_ORDER[1:]
        if name != config.name
    ]
    return [config, *on_gpu, *others]


def yardstick(model: Model, config: EngineConfig, engine: Engine) -> Engine:
    """Return ONNX Runtime in fp32 on the CPU, or the engine itself where that is what it is."""
    if not is_installed('onnxruntime'):
        raise EngineError('expected onnxruntime for the numeric check: pip install onnxruntime')
    from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: PLC0415

    right = model.yardstick
    on_cpu = config.providers == ('CPUExecutionProvider',)
    if isinstance(engine, OnnxRuntimeEngine) and on_cpu and engine.model.sha256 == right.sha256:
        return engine
    return OnnxRuntimeEngine(right, threads=config.threads)


def _first(
    model: Model,
    remaining: list[EngineConfig],
    progress: Progress | None,
    size: tuple[int, int] | None,
) -> Selection:
    passed_over: list[str] = []
    for place, config in enumerate(remaining):
        if progress is not None and progress.cancelled:
            raise EngineError('choosing an engine was ended before its time')
        try:
            engine = create_engine(config.name, model, config, progress)
            if engine.builds_plans:
                verdict = 'compares each plan with fp32 when it is built'
                if size is not None:
                    engine.warm_up(*size)
            elif isinstance(engine, FramesEngine):
                # TensorRT's aside, only the yardstick itself runs such graphs.
                verdict = 'not compared, as it is what others are compared with'
            else:
                found = check_engine(engine, yardstick(model, config, engine), model.size)
                verdict = f'{found} from fp32'
        except EngineError as error:
            if progress is not None and progress.cancelled:
                raise
            passed_over.append(f'{config.name} not taken: {error}')
            continue
        if engine.builds_plans:
            others = partial(_first, model, remaining[place + 1 :], progress, None)
            engine = StandbyEngine(engine, others)
        return Selection(engine, verdict, tuple(passed_over))
    raise EngineError('no engine can run this model: ' + '; '.join(passed_over))


def _on_gpu(config: EngineConfig) -> list[EngineConfig]:
    """Return the configuration of what stands in for TensorRT on the GPU, where that is there."""
    found = [name for name in GPU_PROVIDERS if name in _providers()]
    return [_instead(config, 'onnxruntime', (*found, 'CPUExecutionProvider'))] if found else []


def _instead(config: EngineConfig, name: str, providers: tuple[str, ...]) -> EngineConfig:
    changes = {'name': name, 'precision': 'auto', 'providers': providers}
    return config.model_copy(update=changes)


def _providers() -> list[str]:
    if not is_installed('onnxruntime'):
        return []
    import onnxruntime  # noqa: PLC0415 - needed by its own engine only

    return list(onnxruntime.get_available_providers())
