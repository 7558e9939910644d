"""Engines of combinations, and the reasons why some can't run."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from nitedr_ros.bench.combination import Combination
from nitedr_ros.bench.opening import EngineOpener
from nitedr_ros.bench.scenes import scenes
from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineError

SIZE = (32, 48)


@pytest.fixture
def opener(tiny_model: Model) -> EngineOpener:
    return EngineOpener({'tiny': tiny_model}, EngineConfig(threads=1), {})


def combination(engine: str, precision: str, size: tuple[int, int] = SIZE) -> Combination:
    return Combination('tiny', engine, precision, *size)


def test_an_engine_is_made_in_the_precision_and_compared(opener: EngineOpener) -> None:
    pairs = scenes(SIZE)
    right = [opener.make(combination('onnxruntime', 'fp32')).infer(*pair) for pair in pairs]
    opened = opener.open(combination('onnxruntime', 'fp32'), pairs, right)
    assert opened.engine.info.precision == 'fp32'
    assert opened.quality is not None
    assert (opened.quality.frames, opened.quality.mean) == (len(pairs), 0.0)


def test_a_wrong_engine_shows(opener: EngineOpener) -> None:
    pairs = scenes(SIZE)
    right = [opener.make(combination('onnxruntime', 'fp32')).infer(*pair) for pair in pairs]
    opened = opener.open(combination('passthrough', 'uint8'), pairs, right)
    assert opened.quality is not None
    assert opened.quality.mean > 5


def test_without_a_yardstick_there_is_no_quality(opener: EngineOpener) -> None:
    opened = opener.open(combination('onnxruntime', 'fp32'), scenes(SIZE), None)
    assert opened.quality is None


@pytest.mark.parametrize(
    'engine, precision, reason',
    [
        ('onnxruntime', 'bf16', 'no bf16'),
        ('onnxruntime', 'fp16', 'expected a fp16 graph of tiny'),
        ('onnxruntime', 'int8', 'expected a int8 graph of tiny'),
        ('passthrough', 'fp32', 'expected passthrough to compute in fp32, it .* in uint8'),
        pytest.param(
            'tensorrt',
            'fp16',
            'expected tensorrt to be installed',
            marks=pytest.mark.skipif(
                find_spec('tensorrt') is not None, reason='tensorrt is installed'
            ),
        ),
    ],
)
def test_what_can_not_be_says_why(
    opener: EngineOpener, engine: str, precision: str, reason: str
) -> None:
    with pytest.raises(EngineError, match=reason):
        opener.make(combination(engine, precision))


def test_a_provider_that_is_not_there_is_refused(
    opener: EngineOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('onnxruntime.get_available_providers', lambda: ['CPUExecutionProvider'])
    with pytest.raises(EngineError, match='got CUDAExecutionProvider: install the ONNX Runtime'):
        opener.make(combination('onnxruntime-cuda', 'fp32'))


def test_an_image_that_is_too_large_for_the_graph_is_refused(tiny_model: Model) -> None:
    fixed = tiny_model.model_copy(update={'size': (16, 16)}).located(tiny_model.path.parent)
    opener = EngineOpener({'tiny': fixed}, EngineConfig(threads=1), {})
    with pytest.raises(EngineError, match='takes images of 16 x 16'):
        opener.make(combination('onnxruntime', 'fp32'))


def test_engines_from_elsewhere_are_made_by_their_makers(tiny_model: Model) -> None:
    class Development(PassthroughEngine):
        @property
        def info(self):
            return super().info.__class__('torch', 'bf16', 'torch 1', 'tiny', '', '')

    asked = []

    def make(model: Model, wanted: Combination, config: EngineConfig) -> Development:
        asked.append((model.name, wanted.engine, config.device))
        return Development()

    opener = EngineOpener({'tiny': tiny_model}, EngineConfig(device=3), {'torch': make})
    assert opener.make(combination('torch-cuda', 'bf16')).info.engine == 'torch'
    assert asked == [('tiny', 'torch-cuda', 3)]
