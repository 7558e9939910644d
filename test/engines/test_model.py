"""The registry: descriptions, hashes, and what is said when they don't fit."""

from __future__ import annotations

import hashlib
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


@pytest.fixture
def several(tiny_model: Model) -> Model:
    """tiny_model with graphs in int8 and fp16, which are other bytes."""
    path, variants = tiny_model.path.parent / 'model.yaml', {}
    for precision in ('int8', 'fp16'):
        (path.parent / f'{precision}.onnx').write_bytes(precision.encode())
        sha256 = hashlib.sha256(precision.encode()).hexdigest()
        variants[precision] = {'onnx': f'{precision}.onnx', 'sha256': sha256}
    described = tiny_model.model_dump(exclude_none=True)
    path.write_text(yaml.safe_dump({**described, 'variants': variants}))
    return read_model(path)


def test_a_model_may_have_graphs_in_several_precisions(
    several: Model, tiny_model: Model, registry: Path
) -> None:
    assert several.precisions == ('fp32', 'fp16', 'int8')
    assert tiny_model.precisions == ('fp32',)
    assert several.at('fp32') is several
    assert several.yardstick is several
    for precision in ('int8', 'fp16'):
        found = several.at(precision)
        assert (found.name, found.version, found.precision) == ('tiny', '1.2.3', precision)
        assert found.path == registry / 'tiny' / f'{precision}.onnx'
        assert found.read_verified() == precision.encode()
        assert found.precisions[0] == precision
        # Its own graph is all it has; the model itself knows the others.
        assert found.yardstick is found
    (registry / 'tiny' / 'int8.onnx').write_bytes(b'other')
    with pytest.raises(EngineError, match='was altered'):
        several.at('int8').read_verified()


def test_a_precision_that_is_not_there_is_refused_with_what_makes_one(tiny_model: Model) -> None:
    with pytest.raises(EngineError) as caught:
        tiny_model.at('fp16')
    assert str(caught.value).startswith('expected a fp16 graph of tiny, there are fp32: nitedr ')
    assert '--precision fp16' in str(caught.value)


@pytest.mark.parametrize(
    'variants',
    [
        {'bf16': {'onnx': 'a.onnx', 'sha256': 64 * '0'}},
        {'fp16': {'onnx': '', 'sha256': 64 * '0'}},
        {'fp16': {'onnx': 'a.onnx', 'sha256': 'short'}},
        {'fp16': {'onnx': 'a.onnx'}},
    ],
)
def test_wrong_variants_are_refused_in_one_line(
    tiny_model: Model, variants: dict[str, object]
) -> None:
    path = tiny_model.path.parent / 'model.yaml'
    path.write_text(
        yaml.safe_dump({**tiny_model.model_dump(exclude_none=True), 'variants': variants})
    )
    with pytest.raises(EngineError, match='variants') as caught:
        read_model(path)
    assert '\n' not in str(caught.value)


def test_every_shipped_model_is_whole() -> None:
    models = list_models(models_folder())
    assert {'nitedr-nano', 'nitedr-s', 'nitedr-lite'} <= {model.name for model in models}
    for model in models:
        for precision in model.precisions:
            assert model.at(precision).read_verified()
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
