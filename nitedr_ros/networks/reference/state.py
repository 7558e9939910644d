"""Filling a network with a checkpoint's weights, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nitedr_ros.errors import EngineError

_NAMED = 3
_DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64)


def checked(entry: object, where: str, path: Path) -> dict[str, Tensor]:
    """Return a checkpoint's entry as the state it should be: dense, finite tensors by name.

    Raises EngineError, which names the first key that holds something else.
    """
    if not isinstance(entry, Mapping):
        raise EngineError(
            f'expected weights under {where!r} in {path}, got {type(entry).__name__}'
        )
    for key, value in entry.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            found = type(value).__name__
        elif value.layout != torch.strided or value.is_meta or value.dtype not in _DTYPES:
            found = f'a {value.layout} tensor of {value.dtype} on {value.device}'
        elif not bool(value.isfinite().all()):
            found = 'values that are not finite'
        else:
            continue
        raise EngineError(f'expected a tensor of weights as {key} in {path}, got {found}')
    return dict(entry)


def fill(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Give a network, made on the meta device, the weights of `state`, as float32.

    Raises EngineError unless names and shapes are exactly the network's.
    """
    expected: dict[str, Any] = network.state_dict()
    if missing := [key for key in expected if key not in state]:
        raise EngineError(f'missing in {path}: {_some(missing)}')
    if extra := [key for key in state if key not in expected]:
        raise EngineError(f'not part of the network, but in {path}: {_some(extra)}')
    for key, weight in expected.items():
        if state[key].shape != weight.shape:
            raise EngineError(
                f'expected {key} of shape {list(weight.shape)} in {path}, '
                f'got {list(state[key].shape)}'
            )
    # Copied, since a file may let one number stand for a whole tensor.
    copied = {
        key: state[key].detach().to(weight.dtype).clone() for key, weight in expected.items()
    }
    network.load_state_dict(copied, assign=True)


def _some(keys: list[str]) -> str:
    more = len(keys) - _NAMED
    return ', '.join(keys[:_NAMED]) + (f' and {more} more' if more > 0 else '')
