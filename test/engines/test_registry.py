"""From the configuration to the engine that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.config.schema import Config, EngineConfig
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.registry import open_engine, registries
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
