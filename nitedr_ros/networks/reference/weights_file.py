"""Reading a torch checkpoint without running anything that it holds."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nitedr_ros.errors import EngineError

# NumPy 2 moved the function that its pickled scalars call, and files hold either name.
_SCALAR: Any = np.float64(0).__reduce__()[0]
_NUMPY_SCALARS = [
    (_SCALAR, 'numpy.core.multiarray.scalar'),
    (_SCALAR, 'numpy._core.multiarray.scalar'),
    np.dtype,
    *(type(np.dtype(name)) for name in ('float32', 'float64', 'int32', 'int64')),
]
_FORBIDDEN = re.compile(r'GLOBAL (\S+)')


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint that holds tensors, numbers (NumPy's too), lists and dicts, on the CPU.

    Raises EngineError where the file can't be read or holds anything else, such as a function.
    """
    try:
        with torch.serialization.safe_globals(_NUMPY_SCALARS):
            content = torch.load(path, map_location='cpu', weights_only=True)
    except OSError as error:
        raise EngineError(
            f'expected a checkpoint at {path}, could not read it ({error.strerror})'
        ) from None
    except pickle.UnpicklingError as error:
        found = _FORBIDDEN.search(str(error))
        what = found.group(1) if found else ' '.join(str(error).split())[:120]
        raise EngineError(
            f'expected only weights and numbers in {path}, got {what}: not loaded, since a '
            f'checkpoint that holds code may run anything'
        ) from None
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        reason = ' '.join(str(error).split())[:120]
        raise EngineError(
            f'expected a torch checkpoint in {path}, could not read it '
            f'({type(error).__name__}: {reason})'
        ) from error
    if not isinstance(content, dict):
        raise EngineError(f'expected a dict in {path}, got {type(content).__name__}')
    return content
