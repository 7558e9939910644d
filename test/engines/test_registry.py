"""From the configuration to the engine that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.config.schema import Config, EngineConfig
from nitedr_ros.engines import registry as registry_module
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.registry import check_engine_config, open_engine, registries
from nitedr_ros.engines.selection import Selection
from nitedr_ros.errors import ConfigError, EngineError
from nitedr_ros.resources import models_folder


def test_the_users_models_come_beside_those_of_the_package(tmp_path: Path) -> None:
    assert registries(Config()) == [models_folder()]
    assert registries(Config(models_folder=str(tmp_path))) == [models_folder(), tmp_path]
    with pytest.raises(ConfigError, match='expected a folder'):
        registries(Config(models_folder=str(tmp_path / 'none')))


def test_the_engine_runs_the_model_that_the_configuration_names(
    registry: Path, tiny_model: Model
) -> None:
    engine = EngineConfig(name='onnxruntime', threads=1)
    config = Config(model=tiny_model.name, models_folder=str(registry), engine=engine)
    info = open_engine(config).engine.info
    assert (info.engine, info.model) == ('onnxruntime', 'tiny')
    with pytest.raises(EngineError, match="got 'gone'"):
        open_engine(config.model_copy(update={'model': 'gone'}))


def test_what_takes_long_is_told_and_the_size_is_known(
    registry: Path, tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, chosen = [], Selection(PassthroughEngine())

    def select(*arguments: object) -> Selection:
        asked.append(arguments)
        return chosen

    monkeypatch.setattr(registry_module, 'select_engine', select)
    config = Config(model='tiny', models_folder=str(registry))
    progress = Progress()
    assert open_engine(config, progress, (480, 640)) is chosen
    assert open_engine(config) is chosen
    assert asked == [
        (tiny_model, config.engine, progress, (480, 640)),
        (tiny_model, config.engine, None, None),
    ]


def test_a_configuration_is_checked_without_loading_anything(
    registry: Path, tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, 'is_installed', lambda name: name != 'tensorrt')
    # Nobody reads the graph.
    tiny_model.path.unlink()

    def check(**engine: object) -> None:
        check_engine_config(
            Config(
                model='tiny',
                models_folder=str(registry),
                engine=EngineConfig.model_validate(engine),
            )
        )

    check(name='onnxruntime')
    check(name='auto')
    check(name='tensorrt', fallback=True)
    told = "expected tensorrt to be installed, it is not: JetPack's python3-libnvinfer, or pip"
    with pytest.raises(EngineError, match=told):
        check(name='tensorrt')
    with pytest.raises(EngineError, match="got 'gone'"):
        check_engine_config(Config(model='gone', models_folder=str(registry)))
