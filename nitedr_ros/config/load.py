"""Reading the configuration from a ROS parameter file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from nitedr_ros.config.schema import Config
from nitedr_ros.errors import ConfigError

_NODE_NAMES = ('/**', '/nitedr', 'nitedr')
"""Keys under which a parameter file may speak to this node, the general one first."""


def load_config(
    path: Path | Sequence[Path] | None, overrides: Mapping[str, object] | None = None
) -> Config:
    """Return the configuration of ROS parameter files, with overrides by dotted name on top.

    path: YAML with the parameters under `/**: ros__parameters:`, nested or by dotted names;
    several files, of which later ones win; None for the defaults. overrides: for example
    {'engine.name': 'openvino'}; None values are skipped.
    Raises ConfigError where a file can't be read, a key is unknown or a value out of range.
    """
    values: dict[str, Any] = {}
    paths = [path] if isinstance(path, Path) else list(path or ())
    for file in paths:
        _merge(values, _parameters(file))
    source = ', '.join(map(str, paths)) or 'the command line'
    for name, value in (overrides or {}).items():
        if value is not None:
            _merge(values, {name: value})
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = '.'.join(str(part) for part in first['loc'])
        if first['type'] == 'extra_forbidden':
            problem = 'expected a known parameter; `config/nitedr.yaml` lists them all'
        else:
            said = first['msg'].lower().removeprefix('value error, ')
            problem = f'{said}, got {first["input"]!r}'
        raise ConfigError(f'{source}: {name}: {problem}') from None


def _parameters(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text('utf-8'))
    except OSError as error:
        raise ConfigError(f'expected a parameter file at {path}: {error.strerror}') from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = ' '.join(str(error).split())
        raise ConfigError(f'expected YAML in {path}: {reason}') from None
    values: dict[str, Any] = {}
    nodes = document if isinstance(document, dict) else {}
    found = [nodes[name] for name in _NODE_NAMES if name in nodes]
    if not found:
        raise ConfigError(f'expected parameters under `/**: ros__parameters:` in {path}')
    for node in found:
        parameters = node.get('ros__parameters') if isinstance(node, dict) else None
        if not isinstance(parameters, dict):
            raise ConfigError(f'expected `ros__parameters:` with parameters below it in {path}')
        _merge(values, parameters)
    return values


def _merge(target: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Lay `new` over `target`; dotted names open sections as nesting does."""
    for name, value in new.items():
        first, _, rest = str(name).partition('.')
        inner = {rest: value} if rest else value
        if isinstance(inner, Mapping):
            section = target.setdefault(first, {})
            if isinstance(section, dict):
                _merge(section, inner)
                continue
        target[first] = inner
