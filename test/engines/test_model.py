"""The registry: descriptions, hashes, and what is said when they don't fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nitedr_ros.engines.model import Model, find_model, list_models, read_model
from nitedr_ros.errors import EngineError
from nitedr_ros.resources import models_folder


def test_finds_a_model_by_name(registry: Path, tiny_model: Model) -> None:
    assert find_model(registry, 'tiny') == tiny_model
    assert [model.name for model in list_models(registry)] == ['tiny']


def test_an_unknown_name_lists_the_known_ones(registry: Path, tiny_model: Model) -> None:
    with pytest.raises(EngineError, match=r"\(tiny\), got 'huge'"):
        find_model(registry, 'huge')


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
        assert (model.path.parent / 'MODEL_CARD.md').is_file()
