"""The module tensorrt for a GPU that is none, in each version that has a table.

It has what the table in published_api has, and nothing else; `_fake` is what stands behind it, for
what tests want of it (see faults.py). What goes wrong is said to the logger and gives None or
False, as in TensorRT. Plans are graphs with a header; they run on the CPU.
"""

from __future__ import annotations

import ctypes
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from fakes import trt_builder, trt_config, trt_network, trt_parser, trt_runtime
from fakes.fake_cuda import make_cuda_runtime
from fakes.faults import FakeState, Faults
from fakes.published import Overloads, read_table
from fakes.pybind import acceptor, look_up, make_enum, publish

VERSIONS = ('8.6', '10.3', '10.16', '11.0')


class ILogger:
    """Takes what TensorRT has to say; to be derived from."""

    def __init__(self) -> None:
        pass

    def log(self, severity: Any, msg: str) -> None:
        raise NotImplementedError('Tried to call pure virtual function "ILogger::log"')


class Logger:
    """TensorRT's own, which prints; this one is silent."""

    min_severity: Any = 'Severity.WARNING'

    def __init__(self, min_severity: Any) -> None:
        self.__dict__['_value_of_min_severity'] = min_severity

    def log(self, severity: Any, msg: str) -> None:
        pass


class IProgressMonitor:
    """Is told of a build; to be derived from."""

    def __init__(self) -> None:
        pass

    def phase_start(self, phase_name: str, parent_phase: str, num_steps: int) -> None:
        raise NotImplementedError('IProgressMonitor::phase_start')

    def step_complete(self, phase_name: str, step: int) -> bool:
        raise NotImplementedError('IProgressMonitor::step_complete')

    def phase_finish(self, phase_name: str) -> None:
        raise NotImplementedError('IProgressMonitor::phase_finish')


IMPLEMENTATIONS: dict[str, type] = {
    'ILogger': ILogger,
    'Logger': Logger,
    'IProgressMonitor': IProgressMonitor,
    'Dims': trt_network.Dims,
    'ITensor': trt_network.ITensor,
    'ILayer': trt_network.ILayer,
    'INetworkDefinition': trt_network.INetworkDefinition,
    'OnnxParser': trt_parser.OnnxParser,
    'ParserError': trt_parser.ParserError,
    'IBuilderConfig': trt_config.IBuilderConfig,
    'IOptimizationProfile': trt_config.IOptimizationProfile,
    'ITimingCache': trt_config.ITimingCache,
    'Builder': trt_builder.Builder,
    'Runtime': trt_runtime.Runtime,
    'ICudaEngine': trt_runtime.ICudaEngine,
    'IExecutionContext': trt_runtime.IExecutionContext,
}


def make_tensorrt(
    version: str, cuda: ModuleType | None = None, faults: Faults | None = None
) -> ModuleType:
    """Return a module like tensorrt.

    version: one of VERSIONS. cuda: the fake runtime whose memory and streams it works on; None for
    one of its own. faults: what is to go wrong; None for nothing.
    """
    table = read_table(f'tensorrt-{version}')
    module: Any = ModuleType('tensorrt')
    module.__version__ = table['version']
    runtime: Any = make_cuda_runtime(12) if cuda is None else cuda
    module._fake = FakeState(module.__version__, runtime._fake, faults or Faults())
    _add_enums(module, table)
    for name, published in table['classes'].items():
        if name == 'IHostMemory':
            continue
        bases = tuple(getattr(module, base) for base in published['bases']) or (object,)
        setattr(module, name, publish(module, name, published, IMPLEMENTATIONS[name], bases))
        if name == 'ILogger':
            _add_severity(module, table)
    module.Logger.Severity = module.ILogger.Severity
    module.IHostMemory = _host_memory_type(module)
    module._make_host_memory = lambda content: _host_memory(module, content)
    for name, published in table['functions'].items():
        setattr(module, name, _function(module, name, published['signatures']))
    for name, member in table['constants'].items():
        setattr(module, name, module.DataType.__members__[member.removeprefix('DataType.')])
    return module


def _add_enums(module: Any, table: dict[str, Any]) -> None:
    for name, published in table['enums'].items():
        if 'within' not in published:
            enum = make_enum(name, published['members'], ordered=published['ordered'])
            setattr(module, name, enum)


def _add_severity(module: Any, table: dict[str, Any]) -> None:
    published = table['enums']['Severity']
    enum = make_enum('Severity', published['members'], ordered=published['ordered'])
    module.ILogger.Severity = enum
    for name, member in enum.__members__.items():
        setattr(module.ILogger, name, member)


def _function(module: Any, name: str, signatures: list[str]) -> Any:
    overloads, accept = Overloads(name, signatures), acceptor(module)
    does = {'nptype': _nptype, 'volume': lambda sides: int(np.prod(list(sides), dtype=int))}[name]
    names = partial(look_up, module)
    return lambda *arguments, **named: does(*overloads.bind(arguments, named, accept, names))


def _nptype(dtype: Any) -> type:
    known = {
        'FLOAT': np.float32,
        'HALF': np.float16,
        'INT8': np.int8,
        'INT32': np.int32,
        'INT64': np.int64,
        'BOOL': np.bool_,
        'UINT8': np.uint8,
    }
    if dtype.name not in known:
        raise TypeError('Could not resolve TensorRT datatype to an equivalent numpy datatype.')
    return known[dtype.name]


def _host_memory_type(module: Any) -> type:
    # A structure of ctypes has a buffer, as IHostMemory has, and neither length nor items.
    members = {
        'nbytes': property(ctypes.sizeof),
        'dtype': property(lambda this: module.DataType.INT8),
        '__slots__': (),
    }
    return type('IHostMemory', (ctypes.Structure,), members)


def _host_memory(module: Any, content: bytes) -> Any:
    field = {'_fields_': [('_content', ctypes.c_ubyte * len(content))], '__slots__': ()}
    return type('IHostMemory', (module.IHostMemory,), field).from_buffer_copy(content)
