"""Which engine runs: the one asked for, or with `auto` the first that is installed and right."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.check import check_engine
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineError

AUTO_ORDER = ('openvino', 'onnxruntime')
"""What `auto` tries, first to last."""


@dataclass(frozen=True)
class Selection:
    """The engine chosen, how it did in the numeric check, and why others were passed over."""

    engine: Engine
    verdict: str = 'not checked, as it was asked for by name'
    passed_over: tuple[str, ...] = ()


def is_installed(name: str) -> bool:
    """Tell whether the runtime of an engine can be imported."""
    return name == 'passthrough' or find_spec(name) is not None


def create_engine(name: str, model: Model, config: EngineConfig) -> Engine:
    """Make one engine; EngineError when its runtime is missing or can't load the model."""
    if name == 'passthrough':
        return PassthroughEngine()
    if not is_installed(name):
        raise EngineError(f'expected {name} to be installed, it is not: pip install {name}')
    # Imported here so that each runtime is needed by its own engine only.
    if name == 'openvino':
        from nitedr_ros.engines.openvino_engine import OpenVinoEngine  # noqa: PLC0415

        return OpenVinoEngine(model, precision=config.precision, threads=config.threads)
    if name == 'onnxruntime':
        from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: PLC0415

        if config.precision == 'bf16':
            raise EngineError('onnxruntime computes in fp32: set precision to auto or fp32')
        return OnnxRuntimeEngine(model, providers=config.providers, threads=config.threads)
    raise EngineError(f'expected one of {", ".join((*AUTO_ORDER, "passthrough"))}, got {name!r}')


def select_engine(model: Model, config: EngineConfig) -> Selection:
    """Make the engine that the configuration asks for.

    An engine asked for by name is taken or refused. `auto` takes the first of AUTO_ORDER that is
    installed and passes the numeric check.
    """
    if config.name != 'auto':
        return Selection(create_engine(config.name, model, config))
    passed_over: list[str] = []
    for name in AUTO_ORDER:
        try:
            engine = create_engine(name, model, config)
            verdict = check_engine(engine, yardstick(model, config, engine), model.size)
        except EngineError as error:
            passed_over.append(f'{name} not taken: {error}')
        else:
            return Selection(engine, f'{verdict} from fp32', tuple(passed_over))
    raise EngineError('no engine can run this model: ' + '; '.join(passed_over))


def yardstick(model: Model, config: EngineConfig, engine: Engine) -> Engine:
    """Return ONNX Runtime in fp32 on the CPU, or the engine itself where that is what it is."""
    if not is_installed('onnxruntime'):
        raise EngineError('expected onnxruntime for the numeric check: pip install onnxruntime')
    from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: PLC0415

    if isinstance(engine, OnnxRuntimeEngine) and config.providers == ('CPUExecutionProvider',):
        return engine
    return OnnxRuntimeEngine(model, threads=config.threads)
