"""What is tried where there is, or should be, a GPU, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines import selection
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.standby import StandbyEngine
from nitedr_ros.errors import EngineError

CPU, CUDA, TENSORRT = (f'{name}ExecutionProvider' for name in ('CPU', 'CUDA', 'Tensorrt'))
SIZE = (32, 48)
Machine = Callable[..., None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Sets up what the machine has: a GPU, runtimes, and providers of ONNX Runtime."""

    def have(
        gpu: str = '',
        runtimes: Collection[str] = ('onnxruntime',),
        providers: Collection[str] = (CPU,),
    ) -> None:
        monkeypatch.setattr(selection, 'nvidia_gpu', lambda: gpu)
        monkeypatch.setattr(selection, 'is_installed', lambda name: name in runtimes)
        monkeypatch.setattr(selection, '_providers', lambda: list(providers))

    return have


class Builder(OnnxRuntimeEngine):
    """Says that it builds plans, and refuses sizes."""

    refused: Collection[tuple[int, int]] = ()

    @property
    def builds_plans(self) -> bool:
        return True

    def warm_up(self, height: int, width: int) -> None:
        if (height, width) in self.refused:
            raise EngineError(f'no plan for {width}x{height}')


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch, tiny_model: Model) -> Builder:
    """Stands in for the engine of TensorRT."""
    made, create = Builder(tiny_model, threads=1), selection.create_engine

    def create_engine(
        name: str, model: Model, config: EngineConfig, progress: Progress | None = None
    ) -> Engine:
        return made if name == 'tensorrt' else create(name, model, config, progress)

    monkeypatch.setattr(selection, 'create_engine', create_engine)
    return made


def names(config: EngineConfig) -> list[tuple[str, str, tuple[str, ...]]]:
    found = selection.candidates(config)
    return [(one.name, one.precision, one.providers) for one in found]


def test_without_anything_of_nvidia_nothing_is_said_of_it(
    machine: Machine, tiny_model: Model
) -> None:
    # Also where ONNX Runtime was built for GPUs.
    machine(providers=(TENSORRT, CUDA, CPU))
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1))
    assert chosen.engine.info.engine == 'onnxruntime'
    assert len(chosen.passed_over) == 1
    assert 'openvino' in chosen.passed_over[0]
    assert not isinstance(chosen.engine, StandbyEngine)
    assert chosen.engine.warning == ''


@pytest.mark.parametrize('gpu', ['NVIDIA GPU', 'NVIDIA Jetson'])
def test_a_gpu_without_tensorrt_is_told(machine: Machine, tiny_model: Model, gpu: str) -> None:
    machine(gpu)
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1))
    assert chosen.engine.info.engine == 'onnxruntime'
    assert chosen.passed_over[0] == (
        'tensorrt not taken: expected tensorrt to be installed, it is not: '
        "JetPack's python3-libnvinfer, or pip install tensorrt"
    )


def test_auto_tries_the_gpu_first(machine: Machine) -> None:
    on_cpu = [('openvino', 'int8', (CPU,)), ('onnxruntime', 'int8', (CPU,))]
    config = EngineConfig(precision='int8')
    machine()
    assert names(config) == on_cpu
    for gpu, runtimes in (('NVIDIA GPU', ()), ('', ('tensorrt',))):
        machine(gpu, runtimes)
        assert names(config) == [('tensorrt', 'int8', (CPU,)), *on_cpu]
    machine('NVIDIA GPU', ('tensorrt',), (TENSORRT, CUDA, 'Azure', CPU))
    instead = ('onnxruntime', 'auto', (TENSORRT, CUDA, CPU))
    assert names(config) == [('tensorrt', 'int8', (CPU,)), instead, *on_cpu]


@pytest.mark.parametrize(
    'providers, on_gpu',
    [((CPU,), None), ((CUDA, CPU), (CUDA, CPU)), ((CPU, CUDA, TENSORRT), (TENSORRT, CUDA, CPU))],
)
def test_the_order_behind_tensorrt(
    machine: Machine, providers: tuple[str, ...], on_gpu: tuple[str, ...] | None
) -> None:
    machine('NVIDIA GPU', ('tensorrt', 'openvino', 'onnxruntime'), providers)
    config = EngineConfig(name='tensorrt', precision='int8', fallback=True)
    expected = [
        ('tensorrt', 'int8', (CPU,)),
        ('onnxruntime', 'auto', on_gpu),
        ('openvino', 'auto', (CPU,)),
        ('onnxruntime', 'auto', (CPU,)),
    ]
    assert names(config) == [one for one in expected if one[2] is not None]


def test_the_order_behind_others_is_on_the_cpu(machine: Machine) -> None:
    machine('NVIDIA GPU', providers=(CUDA, CPU))
    config = EngineConfig(name='openvino', precision='bf16', fallback=True)
    assert names(config) == [('openvino', 'bf16', (CPU,)), ('onnxruntime', 'auto', (CPU,))]
    config = EngineConfig(name='onnxruntime', providers=(CUDA,), fallback=True)
    assert names(config) == [('onnxruntime', 'auto', (CUDA,)), ('openvino', 'auto', (CPU,))]


def test_asked_for_by_name_nothing_stands_in_unless_that_is_wanted(
    machine: Machine, tiny_model: Model
) -> None:
    machine()
    config = EngineConfig(name='tensorrt', threads=1)
    with pytest.raises(EngineError, match='expected tensorrt to be installed'):
        selection.select_engine(tiny_model, config)
    wanted = config.model_copy(update={'fallback': True})
    chosen = selection.select_engine(tiny_model, wanted)
    assert chosen.engine.info.engine == 'onnxruntime'
    assert chosen.verdict == (
        'differs by 0.00 grey levels on average, 99.9 % by at most 0 from fp32'
    )
    assert [line.partition(' ')[0] for line in chosen.passed_over] == ['tensorrt', 'openvino']


def test_what_builds_plans_is_not_compared_again_and_has_others_behind_it(
    machine: Machine, tiny_model: Model, builder: Builder
) -> None:
    machine('NVIDIA GPU', ('tensorrt', 'onnxruntime'))
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1))
    assert isinstance(chosen.engine, StandbyEngine)
    assert chosen.verdict == 'compares each plan with fp32 when it is built'
    assert chosen.passed_over == ()
    chosen.engine.warm_up(64, 96)
    assert chosen.engine.builds_plans
    builder.refused = [SIZE]
    chosen.engine.warm_up(*SIZE)
    assert not chosen.engine.builds_plans
    assert chosen.engine.warning == 'onnxruntime runs in place of onnxruntime: no plan for 48x32'


def test_a_size_that_is_known_is_tried_at_once(
    machine: Machine, tiny_model: Model, builder: Builder
) -> None:
    machine('NVIDIA GPU', ('tensorrt', 'onnxruntime'))
    builder.refused = [SIZE]
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1), None, SIZE)
    assert not chosen.engine.builds_plans
    assert chosen.passed_over[0] == 'tensorrt not taken: no plan for 48x32'
    config = EngineConfig(name='tensorrt', threads=1)
    with pytest.raises(EngineError, match=r'^no plan for 48x32$'):
        selection.select_engine(tiny_model, config, None, SIZE)
    assert selection.select_engine(tiny_model, config, None, (64, 96)).engine is builder


def test_once_it_is_to_end_no_other_engine_is_tried(
    machine: Machine, tiny_model: Model, builder: Builder
) -> None:
    machine('NVIDIA GPU', ('tensorrt', 'onnxruntime'))
    progress = Progress()
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1), progress)
    builder.refused = [SIZE]
    progress.cancelled = True
    with pytest.raises(EngineError, match='choosing an engine was ended before its time'):
        chosen.engine.warm_up(*SIZE)
    assert chosen.engine.builds_plans
    progress.cancelled = False

    def cancel(height: int, width: int) -> None:
        progress.cancelled = True
        raise EngineError('ended')

    builder.warm_up = cancel  # type: ignore[method-assign]
    with pytest.raises(EngineError, match=r'^ended$'):
        selection.select_engine(tiny_model, EngineConfig(threads=1), progress, SIZE)
