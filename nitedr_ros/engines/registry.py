"""From the configuration to the engine that it asks for."""

from __future__ import annotations

from pathlib import Path

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.selection import Selection, how_to_get, is_installed, select_engine
from nitedr_ros.errors import ConfigError, EngineError
from nitedr_ros.resources import models_folder


def registries(config: Config) -> list[Path]:
    """Return the folders of models: that of the package, and the user's where there is one.

    Raises ConfigError where the user's is none.
    """
    if not config.models_folder:
        return [models_folder()]
    folder = Path(config.models_folder).expanduser()
    if not folder.is_dir():
        raise ConfigError(
            f'models_folder: expected a folder, got {folder}: create it or leave it out'
        )
    return [models_folder(), folder]


def open_engine(
    config: Config, progress: Progress | None = None, size: tuple[int, int] | None = None
) -> Selection:
    """Find the model that the configuration names and make the engine that runs it.

    progress: is told of what takes long. size: height and width of the images, pixels; None where
    not known yet. Raises ConfigError or EngineError where there is no such model or none can run
    it.
    """
    model = find_model(config.model, *registries(config))
    return select_engine(model, config.engine, progress, size)


def check_engine_config(config: Config) -> None:
    """Raise where the model or engine asked for is not there; nothing is loaded for that.

    Raises ConfigError or EngineError, as `open_engine` does.
    """
    find_model(config.model, *registries(config))
    name = config.engine.name
    if name != 'auto' and not config.engine.fallback and not is_installed(name):
        raise EngineError(f'expected {name} to be installed, it is not: {how_to_get(name)}')
