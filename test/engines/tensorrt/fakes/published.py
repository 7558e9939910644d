"""Tables of what NVIDIA has published, and the signatures that stand in them."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / 'published_api'

Accept = Callable[[str, Any], Any]
"""Takes the name of a type and a value; returns what is passed on, or raises TypeError."""
LookUp = Callable[[str], Any]
"""Takes a dotted name and returns what is called so."""


@cache
def read_table(name: str) -> dict[str, Any]:
    """Return one table, such as 'tensorrt-10.3'; ValueError naming those there are."""
    path = FOLDER / f'{name}.json'
    if not path.exists():
        known = ', '.join(sorted(table.stem for table in FOLDER.glob('*.json')))
        raise ValueError(f'expected one of {known}, got {name}')
    table: dict[str, Any] = json.loads(path.read_text())
    return table


@dataclass(frozen=True)
class Parameter:
    """One parameter; `default` is how it is written, None where there is none."""

    name: str
    type: str
    default: str | None


class Signature:
    """What one overload takes, such as '(flags: int = 0) -> INetworkDefinition | None'."""

    def __init__(self, text: str) -> None:
        self.text = text
        definition = ast.parse(f'def f{text}: ...').body[0]
        assert isinstance(definition, ast.FunctionDef)
        arguments = definition.args.args
        missing = [None] * (len(arguments) - len(definition.args.defaults))
        self.parameters = [
            Parameter(
                argument.arg,
                ast.unparse(argument.annotation) if argument.annotation else 'object',
                None if default is None else ast.unparse(default),
            )
            for argument, default in zip(
                arguments, [*missing, *definition.args.defaults], strict=True
            )
        ]

    def bind(
        self, arguments: tuple[Any, ...], named: dict[str, Any], accept: Accept, look_up: LookUp
    ) -> list[Any]:
        """Return a value for each parameter; TypeError where the arguments don't fit.

        look_up: gives what a default names.
        """
        if len(arguments) > len(self.parameters):
            raise TypeError(f'expected at most {len(self.parameters)} arguments')
        left, values = dict(named), []
        for index, parameter in enumerate(self.parameters):
            if index < len(arguments):
                value = arguments[index]
            elif parameter.name in left:
                value = left.pop(parameter.name)
            elif parameter.default is not None:
                values.append(_default(parameter.default, look_up))
                continue
            else:
                raise TypeError(f'missing {parameter.name}')
            values.append(accept(parameter.type, value))
        if left:
            raise TypeError(f'unknown {", ".join(left)}')
        return values


def _default(text: str, look_up: LookUp) -> Any:
    try:
        return ast.literal_eval(text)
    except ValueError:
        return look_up(text)


class Overloads:
    """All signatures of one function; the first that fits is taken, as pybind11 does it."""

    def __init__(self, name: str, texts: list[str]) -> None:
        self.name = name
        self.signatures = [Signature(text) for text in texts]

    def bind(
        self, arguments: tuple[Any, ...], named: dict[str, Any], accept: Accept, look_up: LookUp
    ) -> list[Any]:
        """Return a value for each parameter of the first that fits; TypeError, as pybind11's."""
        for signature in self.signatures:
            try:
                return signature.bind(arguments, named, accept, look_up)
            except TypeError:
                continue
        supported = '\n'.join(
            f'    {number}. {self.name}{signature.text}'
            for number, signature in enumerate(self.signatures, 1)
        )
        given = ', '.join([*map(repr, arguments), *(f'{k}={v!r}' for k, v in named.items())])
        raise TypeError(
            f'{self.name}(): incompatible function arguments. The following argument types are '
            f'supported:\n{supported}\n\nInvoked with: {given}'
        )
