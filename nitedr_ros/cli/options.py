"""Options that several commands take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from nitedr_ros.cli.console import Told
from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config, EngineName
from nitedr_ros.engines.registry import open_engine
from nitedr_ros.engines.selection import Selection

ConfigOption = Annotated[
    list[Path] | None,
    typer.Option(
        '--config', metavar='FILE', help='ROS parameter file; of several, later ones win.'
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option('--model', metavar='NAME', help='Model to run; `nitedr models` lists them.'),
]
EngineOption = Annotated[
    EngineName | None,
    typer.Option('--engine', help='auto takes the first that is installed and computes rightly.'),
]
BagArgument = Annotated[
    Path, typer.Argument(metavar='BAG', help='rosbag2 folder, .mcap, .db3, or ROS 1 .bag.')
]
VisibleTopicOption = Annotated[
    str | None,
    typer.Option('--visible', metavar='TOPIC', help='Visible images; found when not given.'),
]
ThermalTopicOption = Annotated[
    str | None,
    typer.Option('--thermal', metavar='TOPIC', help='Thermal images; found when not given.'),
]
JsonOption = Annotated[bool, typer.Option('--json', help='Print figures as JSON on stdout.')]


def parse_size(text: str) -> tuple[int, int]:
    """Return height and width, pixels, of such as 480x640; BadParameter where it is none."""
    match = re.fullmatch(r'([1-9]\d{0,4})x([1-9]\d{0,4})', text)
    if match is None:
        raise typer.BadParameter(f'expected --size HEIGHTxWIDTH, such as 480x640, got {text!r}')
    return int(match.group(1)), int(match.group(2))


def configured(
    config: list[Path] | None, model: str | None, engine: EngineName | None
) -> tuple[Config, Selection]:
    """Return the configuration that the options make, and the engine that it asks for."""
    overrides = {'model': model, 'engine.name': engine}
    settings = load_config(config, overrides)
    return settings, open_engine(settings, Told())
