"""Reading the configuration from a ROS parameter file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from nitedr_ros.config.fields import closest, parameter_fields
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NODE_NAMES = ('/**', '/nitedr', 'nitedr')
"""Keys under which a parameter file may speak to this node, the general one first."""
_OF_ROS = ('use_sim_time', 'qos_overrides', 'start_type_description_service')
"""Parameters that every node has from ROS itself; they mean nothing without it."""


def load_config(
    path: Path | Sequence[Path] | None, overrides: Mapping[str, object] | None = None
) -> Config:
    """Return the configuration of ROS parameter files, with overrides by dotted name on top.

    path: YAML with the parameters under `/**: ros__parameters:`, nested or by dotted names;
    several files, of which later ones win; None for the defaults; what ROS itself reads there
    (`use_sim_time`, `qos_overrides`) is passed over. overrides: for example
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
    return validated(values, source)


def validated(values: Mapping[str, Any], source: str = '', *, strict: bool = False) -> Config:
    """Return the configuration that these values make, defaults for the others.

    values: nested or by dotted names. source: where they come from, for the message. strict: take
    them as they are typed, as ROS does; else '1e3' and 1000 are the same number.
    Raises ConfigError in one line, of the first value that doesn't fit.
    """
    nested: dict[str, Any] = {}
    _merge(nested, values)
    try:
        if strict:
            # As JSON, because strict Python values would have to be tuples. Bytes, which JSON
            # doesn't know, are right nowhere, nor is the list they become.
            text = json.dumps(nested, default=lambda value: [repr(value)])
            return Config.model_validate_json(text, strict=True)
        return Config.model_validate(nested)
    except ValidationError as error:
        said = _complaint(error.errors()[0])
        raise ConfigError(f'{source}: {said}' if source else said) from None


def unknown_parameter(near: str | None) -> str:
    """Return what to say of a parameter that doesn't exist. near: the closest that does."""
    perhaps = f', perhaps {near}' if near else ''
    return f'expected a known parameter{perhaps}; `config/nitedr.yaml` lists them all'


def _complaint(error: ErrorDetails) -> str:
    name = '.'.join(str(part) for part in error['loc'] if isinstance(part, str))
    if error['type'] == 'extra_forbidden':
        return f'{name}: {unknown_parameter(closest(name))}'
    said = error['msg'].lower().removeprefix('value error, ')
    field = parameter_fields().get(name)
    if error['type'] in {'missing', 'too_long', 'too_short'} and field is not None:
        said = f'expected {field.length or "1 or more"} values'
    return f'{name}: {said}, got {error["input"]!r}'


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
    for name in _OF_ROS:
        values.pop(name, None)
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
