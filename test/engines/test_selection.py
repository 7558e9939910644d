"""`auto` takes the first engine that is installed and computes rightly."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import onnx
import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines import selection
from nitedr_ros.engines.check import check_engine, sample_pair
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.engines.model import Model, Variant
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import EngineError


class Altered(Engine):
    """A right engine whose images a test alters."""

    def __init__(self, inner: Engine, alter: Callable[[Image], Image]) -> None:
        self.inner, self.alter = inner, alter

    @property
    def info(self) -> EngineInfo:
        return self.inner.info

    def warm_up(self, height: int, width: int) -> None:
        self.inner.warm_up(height, width)

    def infer(self, visible: Image, thermal: Image) -> Inference:
        right = self.inner.infer(visible, thermal)
        return Inference(self.alter(right.fused), right.derained, right.seconds)


@pytest.fixture(autouse=True)
def _without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has, there is nothing of NVIDIA on it."""
    installed = selection.is_installed
    monkeypatch.setattr(selection, 'nvidia_gpu', lambda: '')
    monkeypatch.setattr(
        selection, 'is_installed', lambda name: name != 'tensorrt' and installed(name)
    )


@pytest.fixture
def right(tiny_model: Model) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(tiny_model, threads=1)


def test_sample_scene_has_a_picture_in_it() -> None:
    visible, thermal = sample_pair()
    assert visible.shape == (*thermal.shape, 3)
    assert np.ptp(visible) > 200
    assert np.ptp(thermal) > 150


def test_a_right_engine_passes(right: OnnxRuntimeEngine) -> None:
    assert 'differs by 0.00' in str(check_engine(right, right))


@pytest.mark.parametrize(
    'alter, complaint',
    [
        (np.zeros_like, 'blank'),
        (lambda image: np.minimum(image, 250) + 5, 'differs by 5.00'),
        (lambda image: np.where(np.arange(image.shape[1])[:, None] < 3, 0, image), 'differs'),
    ],
    ids=['black', 'shifted', 'torn columns'],
)
def test_a_wrong_engine_is_refused(
    right: OnnxRuntimeEngine, alter: Callable[[Image], Image], complaint: str
) -> None:
    with pytest.raises(EngineError, match=complaint):
        check_engine(Altered(right, alter), right)


def test_auto_falls_to_the_next_engine_and_says_why(
    tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, 'is_installed', lambda name: name == 'onnxruntime')
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1))
    assert chosen.engine.info.engine == 'onnxruntime'
    assert chosen.passed_over[0].startswith(
        'openvino not taken: expected openvino to be installed'
    )


def test_auto_passes_over_an_engine_that_computes_wrongly(
    tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = selection.create_engine

    def make_wrong(name: str, model: Model, config: EngineConfig, *_: object) -> Engine:
        if name == 'openvino':
            return Altered(OnnxRuntimeEngine(model, threads=1), np.zeros_like)
        return make(name, model, config)

    monkeypatch.setattr(selection, 'create_engine', make_wrong)
    chosen = selection.select_engine(tiny_model, EngineConfig(threads=1))
    assert chosen.engine.info.engine == 'onnxruntime'
    assert 'blank' in chosen.passed_over[0]


def test_auto_with_nothing_installed_says_what_was_tried(
    tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, 'is_installed', lambda _: False)
    with pytest.raises(EngineError, match=r'openvino not taken.*onnxruntime not taken'):
        selection.select_engine(tiny_model, EngineConfig())


def test_an_engine_asked_for_by_name_is_not_replaced(
    tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, 'is_installed', lambda name: name == 'onnxruntime')
    with pytest.raises(EngineError, match='pip install openvino'):
        selection.select_engine(tiny_model, EngineConfig(name='openvino'))


def test_the_order_of_auto_is_the_documented_one() -> None:
    assert selection.AUTO_ORDER == ('tensorrt', 'openvino', 'onnxruntime')


def test_the_yardstick_is_fp32_on_the_cpu(tiny_model: Model, right: OnnxRuntimeEngine) -> None:
    config = EngineConfig(name='onnxruntime', threads=1)
    assert selection.yardstick(tiny_model, config, right) is right
    # The same graph on a GPU is to be compared.
    on_gpu = config.model_copy(update={'providers': ('CUDAExecutionProvider',)})
    assert selection.yardstick(tiny_model, on_gpu, right) is not right


def test_a_graph_in_another_precision_is_no_yardstick_where_there_is_one_in_fp32(
    tiny_model: Model,
) -> None:
    folder = tiny_model.path.parent
    half = onnx.load(str(tiny_model.path))
    half.graph.doc_string = 'another graph'
    (folder / 'half.onnx').write_bytes(half.SerializeToString())
    sha256 = hashlib.sha256((folder / 'half.onnx').read_bytes()).hexdigest()
    variants = {'fp16': Variant(onnx='half.onnx', sha256=sha256)}
    both = tiny_model.model_copy(update={'variants': variants}).located(folder)
    config = EngineConfig(name='onnxruntime', threads=1, precision='fp16')
    engine = selection.create_engine('onnxruntime', both, config)
    assert engine.info.model_sha256 == sha256
    found = selection.yardstick(both, config, engine)
    assert found.info.model_sha256 == tiny_model.sha256
    # With nothing in fp32, it is the only one there is.
    alone = {'onnx': 'half.onnx', 'sha256': sha256, 'precision': 'fp16'}
    only = tiny_model.model_copy(update=alone).located(folder)
    engine = selection.create_engine('onnxruntime', only, config)
    assert selection.yardstick(only, config, engine) is engine
