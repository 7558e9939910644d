"""ONNX Runtime on a GPU, with a session on the CPU that says it were one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from nitedr_ros.engines.execution_providers import CPU, CUDA, TENSORRT, GpuUse
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import KEPT_SIZES, OnnxRuntimeEngine
from nitedr_ros.errors import EngineError


class SessionInDisguise:
    """Computes on the CPU; its providers are whatever a test wants them to be."""

    def __init__(self, cuda: CudaInDisguise, content: bytes, settings: dict[str, Any]) -> None:
        self._cuda = cuda
        self._real = cuda.session(content, providers=[CPU])
        cuda.asked = settings

    def get_providers(self) -> list[str]:
        return self._cuda.started

    def get_modelmeta(self) -> Any:
        return self._real.get_modelmeta()

    def io_binding(self) -> Any:
        return self._real.io_binding()

    def run(self, names: list[str], feeds: dict[str, Any]) -> Any:
        return self._real.run(names, feeds)

    def run_with_iobinding(self, binding: Any) -> None:
        if self._cuda.failure:
            raise RuntimeError(self._cuda.failure)
        self._real.run_with_iobinding(binding)


class CudaInDisguise:
    """What a test says of the GPU and learns of its use."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = onnxruntime.InferenceSession
        self.started = [CUDA, CPU]
        self.failure = ''
        self.asked: dict[str, Any] = {}
        self.made: list[tuple[int, ...]] = []
        self._value = onnxruntime.OrtValue.ortvalue_from_shape_and_type
        monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: [TENSORRT, CUDA, CPU])
        monkeypatch.setattr(
            onnxruntime,
            'InferenceSession',
            lambda content, options, **settings: SessionInDisguise(self, content, settings),
        )
        monkeypatch.setattr(onnxruntime.OrtValue, 'ortvalue_from_shape_and_type', self._make)

    def _make(self, shape: list[int], kind: type, device: str, index: int) -> Any:
        assert (device, index) == ('cuda', 1)
        self.made.append(tuple(shape))
        value = self._value(shape, kind)
        in_place = value.numpy
        # From a GPU it is always a copy.
        value.numpy = lambda: np.array(in_place())
        return value


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> CudaInDisguise:
    return CudaInDisguise(monkeypatch)


def on_gpu(model: Model) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(model, providers=(CUDA, CPU), gpu=GpuUse(device=1))


def frame(value: int, height: int = 32, width: int = 48) -> tuple[np.ndarray, np.ndarray]:
    return np.full((height, width, 3), value, np.uint8), np.zeros((height, width), np.uint8)


def test_frames_go_through_buffers_that_are_made_once(
    cuda: CudaInDisguise, tiny_model: Model
) -> None:
    engine = on_gpu(tiny_model)
    first = engine.infer(*frame(200))
    second = engine.infer(*frame(40))
    assert (first.derained == 100).all()
    assert (first.fused == 100).all()
    assert (second.derained == 20).all()
    assert cuda.made == [(1, 32, 48, 3), (1, 32, 48), (1, 32, 48, 3), (1, 32, 48, 3)]


def test_stages_are_told_and_add_up(cuda: CudaInDisguise, tiny_model: Model) -> None:
    result = on_gpu(tiny_model).infer(*frame(200))
    assert list(result.stages) == ['copy_in', 'infer', 'copy_out']
    assert min(result.stages.values()) > 0
    assert sum(result.stages.values()) <= result.seconds


def test_only_so_many_sizes_are_kept(cuda: CudaInDisguise, tiny_model: Model) -> None:
    engine = on_gpu(tiny_model)
    sizes = [(32, 48), (40, 48), (48, 48)]
    for height, width in sizes:
        assert engine.infer(*frame(200, height, width)).fused.shape == (height, width, 3)
    cuda.made.clear()
    engine.infer(*frame(200, *sizes[-1]))
    assert not cuda.made
    engine.infer(*frame(200, *sizes[0]))
    assert cuda.made
    assert len(sizes) == KEPT_SIZES + 1


def test_info_says_on_which_provider_it_runs(cuda: CudaInDisguise, tiny_model: Model) -> None:
    assert on_gpu(tiny_model).info.runtime == f'onnxruntime {onnxruntime.__version__} CUDA'


@pytest.mark.parametrize(
    'asked, started', [((CUDA, CPU), [CPU]), ((TENSORRT, CUDA, CPU), [CUDA, CPU])]
)
def test_a_provider_that_could_not_start_is_no_silent_fall_back(
    cuda: CudaInDisguise,
    tiny_model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
    started: list[str],
) -> None:
    cuda.started = started
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    with pytest.raises(EngineError, match=f'run on {asked[0]}.*{started[0]} came.*install the'):
        OnnxRuntimeEngine(tiny_model, providers=asked)


def test_the_runtime_is_told_never_to_go_on_with_the_cpu(
    cuda: CudaInDisguise, tiny_model: Model
) -> None:
    on_gpu(tiny_model)
    assert cuda.asked['enable_fallback'] == 0
    assert cuda.asked['providers'][0][1]['device_id'] == '1'


def test_a_failure_on_the_gpu_is_an_error_in_a_line(
    cuda: CudaInDisguise, tiny_model: Model
) -> None:
    engine = on_gpu(tiny_model)
    cuda.failure = 'CUDA failure 2:\n  out of memory'
    with pytest.raises(EngineError, match=r'^ONNX Runtime failed: CUDA failure 2: out of memory$'):
        engine.infer(*frame(200))


def test_info_says_the_precision_that_the_graph_states(tiny_model: Model, tmp_path: Path) -> None:
    graph = onnx.load(str(tiny_model.path))
    onnx.helper.set_model_props(graph, {'precision': 'fp16'})
    content = graph.SerializeToString()
    (tmp_path / 'half.onnx').write_bytes(content)
    changed = {'onnx': 'half.onnx', 'sha256': hashlib.sha256(content).hexdigest()}
    half = tiny_model.model_copy(update=changed).located(tmp_path)
    assert OnnxRuntimeEngine(half).info.precision == 'fp16'
    assert OnnxRuntimeEngine(tiny_model).info.precision == 'fp32'
