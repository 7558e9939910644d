"""The parameters of the schema one by one, as plain data: what a ROS node has to declare."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, cast

from pydantic import BaseModel

from nitedr_ros.config.schema import Config

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | list[bool] | list[int] | list[float] | list[str]
Kind = Literal[
    'bool', 'integer', 'double', 'string', 'integer_array', 'double_array', 'string_array'
]
Settable = Literal['at any time', 'at configure', 'at start']

_KINDS: dict[str, Kind] = {
    'boolean': 'bool',
    'integer': 'integer',
    'number': 'double',
    'string': 'string',
}
_ARRAYS: dict[str, Kind] = {
    'integer': 'integer_array',
    'number': 'double_array',
    'string': 'string_array',
}
_NOUNS = {'integer_array': 'integers', 'double_array': 'numbers', 'string_array': 'strings'}


@dataclass(frozen=True)
class ParameterField:
    """One parameter.

    name: dotted, as `pairing.max_skew_ms`. kind: its ROS type, of which `default` is a value.
    low, high: the least and the greatest value of a number, or of each number of an array; None
    where there is no bound; `low_excluded`: it must be greater than `low`. choices: the strings
    that are allowed, empty for any. not_empty: neither '' nor an empty array. length: how many
    values an array has; None for any number. settable: when a running node may be told
    another value.
    """

    name: str
    kind: Kind
    default: Value
    description: str
    low: float | None = None
    high: float | None = None
    low_excluded: bool = False
    choices: tuple[str, ...] = ()
    not_empty: bool = False
    length: int | None = None
    settable: Settable = 'at any time'

    @property
    def constraints(self) -> str:
        """What the kind and the bounds of a ROS descriptor can't express, in words; or ''."""
        said = []
        if self.choices:
            said.append(f'one of {", ".join(self.choices)}')
        if self.not_empty and self.length is None:
            said.append('not empty')
        if self.kind in _NOUNS and self.length is not None:
            said.append(f'{self.length} {_NOUNS[self.kind]}')
            if self.low is not None and self.high is not None:
                said.append(f'each from {self.low:g} to {self.high:g}')
        elif self.low_excluded:
            said.append(f'greater than {self.low:g}')
        if self.settable == 'at configure':
            said.append('can be set only while the node is unconfigured')
        return '; '.join(said)

    def cast(self, value: object) -> object:
        """Return `value` as this kind has it, where only its ROS type is another.

        An integer becomes a double, also in arrays; anything else comes back as it is.
        """
        if self.kind == 'double' and _is_integer(value):
            return float(cast('int', value))
        if self.kind == 'double_array' and isinstance(value, list):
            return [float(item) if _is_integer(item) else item for item in value]
        return value


@cache
def parameter_fields() -> Mapping[str, ParameterField]:
    """Return every parameter by its dotted name, in the order of the schema."""
    return {field.name: field for field in _fields(Config, '')}


def flat(config: Config) -> dict[str, Value]:
    """Return the value of every parameter by its dotted name, tuples as lists."""
    return dict(_flat(config.model_dump(mode='json'), ''))


def closest(name: str, likeness: float = 0.6) -> str | None:
    """Return the parameter whose name is most like `name`; None where none is like it.

    A name in a section is looked for in that section only. likeness: from 0, not alike at all,
    to 1, the same.
    """
    section, dot, _ = name.rpartition('.')
    known = [known for known in parameter_fields() if not dot or known.startswith(f'{section}.')]
    rests = {known.removeprefix(f'{section}.'): known for known in known}
    rest = name.removeprefix(f'{section}.')
    found = difflib.get_close_matches(rest, list(rests), n=1, cutoff=likeness)
    return rests[found[0]] if found else None


def unknown(names: Iterable[str]) -> dict[str, str | None]:
    """Return the names that are meant for these parameters and aren't one, each with the closest.

    These are all names in one of the sections, and of the others those that are almost a
    parameter's: a ROS parameter file may speak to other nodes too.
    """
    fields = parameter_fields()
    sections = {name.partition('.')[0] for name in fields if '.' in name}
    found: dict[str, str | None] = {}
    for name in names:
        if name in fields:
            continue
        if name.partition('.')[0] in sections:
            found[name] = closest(name)
        elif (near := closest(name, likeness=0.78)) is not None:
            found[name] = near
    return found


def _fields(section: type[BaseModel], prefix: str) -> Iterator[ParameterField]:
    schemas = section.model_json_schema()['properties']
    for name, info in section.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, f'{prefix}{name}.')
        else:
            yield _field(f'{prefix}{name}', schemas[name])


def _field(name: str, schema: dict[str, Any]) -> ParameterField:
    item = schema
    if schema['type'] == 'array':
        item = schema['items'] if 'items' in schema else schema['prefixItems'][0]
        kind = _ARRAYS[item['type']]
    else:
        kind = _KINDS[schema['type']]
    excluded = item.get('exclusiveMinimum')
    return ParameterField(
        name=name,
        kind=kind,
        default=schema['default'],
        description=schema.get('description', ''),
        low=item.get('minimum', excluded),
        high=item.get('maximum'),
        low_excluded=excluded is not None,
        choices=tuple(item.get('enum', ())),
        not_empty=bool(schema.get('minLength') or schema.get('minItems')),
        length=schema.get('maxItems'),
        settable=schema.get('settable', 'at any time'),
    )


def _flat(section: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Value]]:
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f'{prefix}{name}.')
        else:
            yield f'{prefix}{name}', value


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
