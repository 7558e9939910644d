"""The registry: descriptions, hashes, and what is said when they don't fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from nitedr_ros.engines.check import check_engine
from nitedr_ros.engines.model import Model, find_model, list_models, read_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import EngineError
from nitedr_ros.resources import models_folder

AddModel = Callable[[Path, str], Model]


def test_finds_a_model_by_name(registry: Path, tiny_model: Model) -> None:
    assert find_model('tiny', registry) == tiny_model
    assert [model.name for model in list_models(registry)] == ['tiny']


def test_an_unknown_name_lists_the_known_ones(registry: Path, tiny_model: Model) -> None:
    with pytest.raises(EngineError, match=r"\(tiny\), got 'huge'"):
        find_model('huge', registry)


def test_an_altered_graph_is_refused(tiny_model: Model) -> None:
    content = bytearray(tiny_model.path.read_bytes())
    content[-1] ^= 1
    tiny_model.path.write_bytes(content)
    with pytest.raises(EngineError, match='was altered'):
        tiny_model.read_verified()


def test_a_missing_graph_is_refused(tiny_model: Model) -> None:
    tiny_model.path.unlink()
    with pytest.raises(EngineError, match='No such file'):
        tiny_model.read_verified()


@pytest.mark.parametrize(
    'change', [{'sha256': 'short'}, {'colour': 'red'}, {'size_multiple': 0}, {'name': ''}]
)
def test_a_wrong_description_is_refused_in_one_line(
    tiny_model: Model, change: dict[str, object]
) -> None:
    path = tiny_model.path.parent / 'model.yaml'
    path.write_text(yaml.safe_dump({**tiny_model.model_dump(), **change}))
    with pytest.raises(EngineError) as caught:
        read_model(path)
    assert '\n' not in str(caught.value)


def test_every_shipped_model_is_whole() -> None:
    models = list_models(models_folder())
    assert 'nitedr-lite' in {model.name for model in models}
    for model in models:
        assert model.read_verified()
        assert (model.path.parent / model.card).is_file()


def test_models_of_a_further_folder_stand_beside_the_others(
    registry: Path, tiny_model: Model, tmp_path: Path, add_model: AddModel
) -> None:
    own = add_model(tmp_path / 'own', 'mine')
    assert find_model('mine', registry, tmp_path / 'own') == own
    assert [m.name for m in list_models(registry, tmp_path / 'own')] == ['mine', 'tiny']
    add_model(tmp_path / 'again', 'tiny')
    with pytest.raises(EngineError, match='expected one model tiny, got two') as caught:
        list_models(registry, tmp_path / 'again')
    assert '\n' not in str(caught.value)


def test_a_graph_of_one_size_takes_smaller_images_padded(tiny_model: Model) -> None:
    fixed = tiny_model.model_copy(update={'size': (48, 64)}).located(tiny_model.path.parent)
    assert fixed.padded(40, 64) == (48, 64)
    with pytest.raises(EngineError, match='takes images of 64 x 48 pixels, got 64 x 49'):
        fixed.padded(49, 64)
    assert tiny_model.padded(41, 64) == (48, 64)
    engine = OnnxRuntimeEngine(fixed, threads=1)
    visible = np.full((40, 50, 3), 80, np.uint8)
    result = engine.infer(visible, np.zeros((40, 50), np.uint8))
    assert result.derained.shape == (40, 50, 3)
    assert (result.derained == 40).all()
    assert 'differs by 0.00' in str(check_engine(engine, engine, fixed.size))
