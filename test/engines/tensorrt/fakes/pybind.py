"""Classes and enums as pybind11 makes them: with what is published, checking all they get."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial
from types import ModuleType
from typing import Any

from fakes.published import Overloads


class PybindEnum:
    """A member of an enum: no int, equal to members of its own enum only."""

    __slots__ = ('_value',)
    __members__: dict[str, PybindEnum]
    _ordered = False

    def __init__(self, value: int) -> None:
        self._value = operator.index(value)

    @property
    def name(self) -> str:
        found = (name for name, member in self.__members__.items() if member == self)
        return next(found, '???')

    @property
    def value(self) -> int:
        return self._value

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __hash__(self) -> int:
        return hash(self._value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._value == self._value

    def __lt__(self, other: Any) -> bool:
        if not self._ordered or type(other) is not type(self):
            raise TypeError('Expected an enumeration of matching type!')
        return self._value < int(other._value)

    def __le__(self, other: Any) -> bool:
        return self == other or self < other

    def __repr__(self) -> str:
        return f'<{self}: {self._value}>'

    def __str__(self) -> str:
        return f'{type(self).__name__}.{self.name}'


def make_enum(name: str, members: dict[str, int], *, ordered: bool) -> type[PybindEnum]:
    """Return an enum with these members."""
    enum = type(name, (PybindEnum,), {'__slots__': (), '_ordered': ordered})
    enum.__members__ = {member: enum(value) for member, value in members.items()}
    for member, value in enum.__members__.items():
        setattr(enum, member, value)
    return enum


class PybindType(type):
    """Sees to it that Python classes derived from published ones call their __init__."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        made = super().__call__(*arguments, **named)
        if not getattr(made, '_begun', False):
            base = next(base for base in cls.__mro__ if '_published' in base.__dict__)
            raise TypeError(
                f'tensorrt.tensorrt.{base.__name__}.__init__() must be called when overriding '
                '__init__'
            )
        return made


def publish(
    module: ModuleType,
    name: str,
    published: dict[str, Any],
    implementation: type,
    bases: tuple[type, ...],
) -> type:
    """Return a class that has the published members of its implementation, and no others.

    module: in which the types of arguments and the defaults are looked up. Raises
    NotImplementedError where a published member has no implementation.
    """
    has = vars(implementation)
    namespace = {
        member: value
        for member, value in has.items()
        if member.startswith('_') and not member.startswith('__')
    }
    for member in [*published['methods'], *published['properties']]:
        if member not in has:
            raise NotImplementedError(f'{name}.{member} is published, the fake lacks it')
    for member, signatures in published['methods'].items():
        namespace[member] = _method(module, member, signatures, has[member])
    if '__init__' not in published['methods']:
        namespace['__init__'] = _no_constructor(name)
    for member, text in published['properties'].items():
        access, _, wanted = text.partition(' ')
        namespace[member] = _property(module, member, access, wanted, has[member])
    namespace |= {
        special: has[special]
        for special in ('__eq__', '__repr__', '__iter__', '__hash__')
        if special in has and special not in namespace
    }
    namespace |= {'_published': True, '_trt': module, '__setattr__': _set_attribute}
    return PybindType(name, bases, namespace)


def make_inside(cls: type, *arguments: Any) -> Any:
    """Make an object of a class that can not be constructed from outside, with its `_begin`."""
    made: Any = cls.__new__(cls)
    made._begun = True
    made._begin(*arguments)
    return made


def look_up(module: ModuleType, dotted: str) -> Any:
    """Return a class or a member of an enum, by the name in a signature."""
    home: Any = module.ILogger if dotted.startswith('Severity') else module
    return operator.attrgetter(dotted)(home)


def acceptor(module: ModuleType) -> Callable[[str, Any], Any]:
    """Return what checks and converts one argument, by the name of its published type."""

    def accept(wanted: str, value: Any) -> Any:
        if wanted.endswith(' | None'):
            return None if value is None else accept(wanted.removesuffix(' | None'), value)
        if wanted in _CHECKS:
            return _CHECKS[wanted](value)
        if wanted.startswith('list['):
            if isinstance(value, str | bytes) or not isinstance(value, Iterable):
                raise TypeError(wanted)
            return [accept(wanted[5:-1], item) for item in value]
        expected = look_up(module, wanted)
        if wanted == 'Dims' and isinstance(value, list | tuple):
            return expected(value)
        if not isinstance(value, expected):
            raise TypeError(wanted)
        return value

    return accept


def _method(
    module: ModuleType, name: str, signatures: list[str], function: Callable[..., Any]
) -> Callable[..., Any]:
    overloads, accept = Overloads(name, signatures), acceptor(module)

    def call(this: Any, *arguments: Any, **named: Any) -> Any:
        values = overloads.bind(arguments, named, accept, partial(look_up, module))
        if name == '__init__':
            object.__setattr__(this, '_begun', True)
        elif not getattr(this, '_begun', False):
            raise TypeError(f'{name}(): the object has not been initialised')
        return function(this, *values)

    call.__name__ = name
    return call


def _no_constructor(name: str) -> Callable[..., Any]:
    def refuse(this: Any, *arguments: Any, **named: Any) -> None:
        raise TypeError(f'tensorrt.tensorrt.{name}: No constructor defined!')

    return refuse


def _property(module: ModuleType, name: str, access: str, wanted: str, value: Any) -> property:
    accept, stored = acceptor(module), f'_value_of_{name}'
    computed = isinstance(value, property)

    def get(this: Any) -> Any:
        if computed:
            return value.fget(this)
        found = this.__dict__.get(stored, value)
        # Defaults of enums stand by their names in the implementation.
        is_member = isinstance(found, str) and '.' in found and wanted != 'str'
        return look_up(module, found) if is_member else found

    def put(this: Any, given: Any) -> None:
        try:
            accepted = accept(wanted, given)
        except TypeError:
            raise TypeError(
                f'(): incompatible function arguments. The following argument types are '
                f'supported:\n    1. (arg0, arg1: {wanted}) -> None\n\nInvoked with: {given!r}'
            ) from None
        if computed:
            value.fset(this, accepted)
        else:
            this.__dict__[stored] = accepted

    return property(get if 'r' in access else None, put if 'w' in access else None)


def _set_attribute(this: Any, name: str, value: Any) -> None:
    kind = type(this)
    of_python = '_published' not in kind.__dict__
    if of_python or name.startswith('_') or isinstance(getattr(kind, name, None), property):
        object.__setattr__(this, name, value)
        return
    raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")


def _whole(value: Any) -> int:
    if isinstance(value, float | str | bytes) or not hasattr(value, '__index__'):
        raise TypeError('int')
    return int(value)


def _instance(*kinds: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if not isinstance(value, kinds):
            raise TypeError(kinds[0].__name__)
        return value

    return check


_CHECKS: dict[str, Callable[[Any], Any]] = {
    'int': _whole,
    'float': _instance(float, int),
    'bool': _instance(bool, int),
    'str': _instance(str),
    'tuple': _instance(tuple),
    'list': _instance(list),
    'slice': _instance(slice),
    'object': lambda value: value,
    'buffer': lambda value: bytes(memoryview(value)),
}
