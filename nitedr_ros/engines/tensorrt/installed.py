"""The TensorRT that is installed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from nitedr_ros.errors import EngineError


def installed_tensorrt() -> ModuleType:
    """Return the module tensorrt; raises EngineError where it is missing or not whole."""
    try:
        trt = import_module('tensorrt')
    except ModuleNotFoundError:
        raise EngineError(
            "expected tensorrt, it is missing: install JetPack's python3-libnvinfer, or "
            'pip install tensorrt'
        ) from None
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        # Its libraries fail to load in ways of their own.
        raise EngineError(f'tensorrt can not be loaded: {" ".join(str(error).split())}') from None
    if not hasattr(trt, 'Builder'):
        raise EngineError(f'expected a whole tensorrt, {trt} has no Builder: install it again')
    return trt
