"""What the configuration says of TensorRT."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings, precisions_to_try
from nitedr_ros.errors import EngineError


@pytest.mark.parametrize(
    'asked, tried',
    [
        ('auto', ('fp16', 'fp32')),
        ('int8', ('int8', 'fp16', 'fp32')),
        ('fp16', ('fp16', 'fp32')),
        ('fp32', ('fp32',)),
    ],
)
def test_tries_what_was_asked_for_and_then_what_is_safer(
    model: Model, asked: str, tried: tuple[str, ...]
) -> None:
    assert precisions_to_try(asked, model) == tried


def test_tries_what_there_is(model: Model, tiny_model: Model) -> None:
    assert precisions_to_try('auto', tiny_model) == ('fp32',)
    without = {name: made for name, made in model.variants.items() if name != 'fp16'}
    folder = model.path.parent
    two = model.model_copy(update={'variants': without}).located(folder)
    assert precisions_to_try('int8', two) == ('int8', 'fp32')
    assert precisions_to_try('auto', two) == ('fp32',)


def test_a_precision_that_is_not_there_is_refused(tiny_model: Model) -> None:
    with pytest.raises(EngineError, match='expected a int8 graph of tiny, there are fp32'):
        precisions_to_try('int8', tiny_model)
    with pytest.raises(EngineError, match='tensorrt computes in fp32, fp16 or int8: set'):
        precisions_to_try('bf16', tiny_model)


def test_is_what_the_configuration_says(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = EngineConfig(
        name='tensorrt',
        precision='int8',
        build_plans=False,
        plans_folder=str(tmp_path),
        workspace_mb=7,
        gpu_memory_mb=8,
        stream_priority='high',
        cuda_graph=False,
    )
    assert TensorRtSettings.of(config, model) == TensorRtSettings(
        ('int8', 'fp16', 'fp32'), tmp_path, False, 7, 8, 'high', False
    )
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert TensorRtSettings.of(EngineConfig(), model) == TensorRtSettings(
        ('fp16', 'fp32'), tmp_path / 'nitedr' / 'plans', True, 1024, 0, 'normal', True
    )
