"""The runtime module of cuda-python for a GPU that is none.

It has what the tables in published_api have, and nothing else; `_fake` is the device itself, for
what tests want of it. Functions check their arguments and return their error first, as published.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from types import ModuleType
from typing import Any

import numpy as np
from fakes.cuda_device import CudaDevice, Gpu, attempt
from fakes.cuda_functions import CudaFunctions
from fakes.cuda_streams import CudaError
from fakes.published import Signature, read_table

UNSIGNED = {'size_t', 'unsigned_int', 'unsigned_long_long'}
HANDLE_PARAMETERS = {'stream', 'event', 'start', 'end', 'graph', 'graphExec'}
WITHOUT_DEVICE = {'cudaRuntimeGetVersion', 'cudaDriverGetVersion'}
ABOUT_ERRORS = {
    'cudaGetErrorName',
    'cudaGetErrorString',
    'cudaGetLastError',
    'cudaPeekAtLastError',
}


def make_cuda_runtime(
    major: int, gpu: Gpu | None = None, *, release: str | None = None, lazy: bool = True
) -> ModuleType:
    """Return a module like cuda.bindings.runtime.

    major: 12 or 13. gpu: None for an ordinary one. release: of cuda-python, one of the table's;
    None for the newest. They differ in what happens without a driver. lazy: work is done when
    somebody waits for it, so that results taken too early are wrong; otherwise at once.
    """
    table = read_table(f'cuda-{major}')
    release = release or table['releases'][-1]
    assert release in table['releases'], release
    module = ModuleType('cuda.bindings.runtime')
    device = CudaDevice(gpu or Gpu(), lazy)
    _add_types(module, table)
    runtime = _Runtime(module, table, release, device)
    for name, published in table['functions'].items():
        setattr(module, name, runtime.function(name, published))
    module._fake = device  # type: ignore[attr-defined]
    return module


def _add_types(module: ModuleType, table: dict[str, Any]) -> None:
    for name, members in table['enums'].items():
        setattr(module, name, IntEnum(name, members))
    for name, value in table['constants'].items():
        setattr(module, name, value)
    for name in table['handles']:
        setattr(module, name, type(name, (_Handle,), {'__slots__': ()}))
    fields = dict.fromkeys(table['device_properties'], 0)
    slots = {'__slots__': tuple(fields), '__init__': _init_fields}
    module.cudaDeviceProp = type('cudaDeviceProp', (), slots)  # type: ignore[attr-defined]


def _init_fields(properties: Any) -> None:
    for name in properties.__slots__:
        setattr(properties, name, b'' if name == 'name' else 0)


class _Handle:
    """A stream, event or graph; a number that is no int."""

    __slots__ = ('_number',)

    def __init__(self, init_value: int = 0) -> None:
        self._number = int(init_value)

    def __int__(self) -> int:
        return self._number

    __index__ = __int__


class _Runtime:
    """Puts the functions together: checks, errors, and results as they are published."""

    def __init__(
        self, module: ModuleType, table: dict[str, Any], release: str, device: CudaDevice
    ) -> None:
        self._module, self._table, self._device = module, table, device
        self._does = CudaFunctions(device)
        first, second = release.split('.')[:2]
        self._version = int(first) * 1000 + int(second) * 10
        self._no_driver = table['without_driver'][release]
        self._loading_failed = False

    def function(self, name: str, published: dict[str, Any]) -> Callable[..., Any]:
        """Return one function."""
        signature = Signature(published['signature'])
        count, results = len(signature.parameters), published['returns']

        def call(*arguments: Any, **named: Any) -> Any:
            if len(arguments) > count:
                raise TypeError(
                    f'{name}() takes exactly {count} positional arguments ({len(arguments)} given)'
                )
            try:
                values = signature.bind(arguments, named, lambda _, value: value, _nothing)
            except TypeError as error:
                raise TypeError(f'{name}() {error}') from None
            values = [
                self._accepted(parameter.name, parameter.type, value)
                for parameter, value in zip(signature.parameters, values, strict=True)
            ]
            with self._device.lock:
                self._device.calls[name] += 1
                if name in ABOUT_ERRORS:
                    return self._about_errors(name, values)
                return self._returned(name, values, results)

        call.__name__ = call.__qualname__ = name
        return call

    def _returned(self, name: str, values: list[Any], results: list[str]) -> tuple[Any, ...]:
        errors = self._module.cudaError_t
        try:
            self._check_usable(name)
            value = self._value(name, values)
        except CudaError as error:
            if error.name not in ('cudaErrorNotReady', self._device.recovery.sticky):
                self._device.recovery.last = error.name
            if error.name in ('cudaErrorInvalidResourceHandle', 'cudaErrorIllegalState'):
                self._device.misuses.append(f'{name}: {error}')
            return (errors[error.name], *[None] * len(results))
        if not results:
            return (errors.cudaSuccess,)
        values = list(value) if len(results) > 1 else [value]
        converted = [
            self._converted(text.split(': ')[-1], one)
            for text, one in zip(results, values, strict=True)
        ]
        return (errors.cudaSuccess, *converted)

    def _check_usable(self, name: str) -> None:
        device = self._device
        injected = device.injected(name)
        if injected is not None:
            raise CudaError(injected, 'as a test wants it')
        if device.gpu.driver == 0 and name != 'cudaRuntimeGetVersion':
            self._miss_driver(name)
        if name in WITHOUT_DEVICE:
            return
        if device.gpu.count == 0:
            raise CudaError('cudaErrorNoDevice')
        if device.recovery.sticky:
            raise CudaError(device.recovery.sticky)

    def _miss_driver(self, name: str) -> None:
        said = self._no_driver
        if 'raises' not in said:
            if name != 'cudaDriverGetVersion':
                raise CudaError('cudaErrorInsufficientDriver')
            return
        known, self._loading_failed = self._loading_failed, True
        raise RuntimeError(said.get(name, said['later calls']) if known else said['first call'])

    def _value(self, name: str, values: list[Any]) -> Any:
        if name == 'cudaRuntimeGetVersion':
            return self._version
        if name == 'cudaDriverGetVersion':
            return self._device.gpu.driver
        return attempt(self._device, getattr(self._does, snake_case(name)), values)

    def _about_errors(self, name: str, values: list[Any]) -> tuple[Any, ...]:
        errors = self._module.cudaError_t
        recovery = self._device.recovery
        if name == 'cudaGetErrorName':
            return errors.cudaSuccess, values[0].name.encode()
        if name == 'cudaGetErrorString':
            if self._device.gpu.driver == 0 and name in self._no_driver:
                raise RuntimeError(self._no_driver[name])
            return errors.cudaSuccess, self._table['error_strings'][values[0].name].encode()
        found = recovery.sticky or recovery.last
        if name == 'cudaGetLastError':
            recovery.last = 'cudaSuccess'
        return (errors[found],)

    def _accepted(self, name: str, wanted: str, value: Any) -> Any:
        if wanted in self._table['enums']:
            if not isinstance(value, getattr(self._module, wanted)):
                # The releases that are strict about it say no more than this.
                raise AttributeError(
                    f'{type(value).__name__!r} object has no attribute {"value"!r}'
                )
            return value
        if wanted in UNSIGNED or wanted == 'int':
            number = _number(value)
            if wanted in UNSIGNED and number < 0:
                raise OverflowError(f"can't convert negative value to {wanted.replace('_', ' ')}")
            return number
        if name in HANDLE_PARAMETERS or value is None or isinstance(value, int):
            return 0 if value is None else _number(value)
        return _buffer(value)

    def _converted(self, wanted: str, value: Any) -> Any:
        if wanted == 'cudaDeviceProp':
            properties = self._module.cudaDeviceProp()
            for name, one in value.items():
                setattr(properties, name, one)
            return properties
        made = getattr(self._module, wanted, None)
        return value if made is None else made(value)


def _nothing(name: str) -> Any:
    raise LookupError(name)


def _number(value: Any) -> int:
    if not hasattr(value, '__index__'):
        raise TypeError('an integer is required')
    return int(value)


def _buffer(value: Any) -> np.ndarray:
    try:
        return np.frombuffer(value, np.uint8)
    except (TypeError, ValueError, BufferError):
        raise TypeError(
            f'Provided argument is of type {type(value)} but expected Type None, int or object '
            'with Buffer Protocol'
        ) from None


def snake_case(name: str) -> str:
    """Return how the function is named in CudaFunctions."""
    return re.sub('(?<!^)(?=[A-Z])', '_', name.removeprefix('cuda')).lower()
