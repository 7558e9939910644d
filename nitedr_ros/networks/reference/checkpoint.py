"""Loading the authors' checkpoints, best_net_g.pth and fusion.pth."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nitedr_ros.errors import EngineError
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize
from nitedr_ros.networks.reference.fusionnet import FusionNet
from nitedr_ros.networks.reference.state import checked, fill
from nitedr_ros.networks.reference.weights_file import read_checkpoint

_LEVELS = ('encoder_level1', 'encoder_level2', 'encoder_level3', 'latent')
_TRAINING_ONLY = 'adjust.'
_SMALLEST_HEAD = 2


def load_cleannet(path: Path) -> CleanNet:
    """Load CleanNet from best_net_g.pth (its weights under `params`), ready for inference.

    The size (channels, blocks, heads) is taken from the shapes. Raises EngineError where the file
    can't be read, holds code, or has missing, extra or wrongly shaped weights.
    """
    (entry,) = _entries(path, 'params')
    state = checked(entry, 'params', path)
    size = _size(state, path)
    with torch.device('meta'):
        cleannet = CleanNet(size)
    fill(cleannet, state, path)
    return cleannet.eval()


def load_fusionnet(path: Path) -> FusionNet:
    """Load FusionNet from fusion.pth (`fusion_model` and `refine_model`), ready for inference.

    What serves training only is left out: losses, and `adjust` within refine_model. Raises
    EngineError where the file can't be read, holds code, or has missing, extra or wrongly shaped
    weights.
    """
    fusion, refine = _entries(path, 'fusion_model', 'refine_model')
    state = {
        f'fusion_model.{key}': value
        for key, value in checked(fusion, 'fusion_model', path).items()
    }
    for key, value in checked(refine, 'refine_model', path).items():
        if not key.startswith(_TRAINING_ONLY):
            state[f'refine_model.{key}'] = value
    with torch.device('meta'):
        fusionnet = FusionNet()
    _check_shared(state, path)
    fill(fusionnet, state, path)
    return fusionnet.eval()


def _entries(path: Path, *names: str) -> list[Any]:
    """Return a checkpoint's entries of these names; beside them may be records of training."""
    content = read_checkpoint(path)
    if missing := [name for name in names if name not in content]:
        raise EngineError(f'expected {" and ".join(names)} in {path}, missing: {missing[0]}')
    for name, entry in content.items():
        if name not in names and not _is_record(entry):
            raise EngineError(
                f'expected {" and ".join(names)} and lists of numbers in {path}, '
                f'got {type(entry).__name__} {name!r}'
            )
    return [content[name] for name in names]


def _is_record(entry: object) -> bool:
    if isinstance(entry, list | tuple):
        return all(_is_record(item) for item in entry)
    return entry is None or isinstance(entry, str | int | float | np.number)


def _size(state: Mapping[str, Tensor], path: Path) -> CleanNetSize:
    """Read CleanNet's size off the weights' shapes."""
    dim = _length(state, 'patch_embed.proj.weight', path)
    blocks = tuple(_blocks(state, level) for level in _LEVELS)
    heads = tuple(_length(state, f'{level}.0.attn.temperature', path) for level in _LEVELS)
    widest = zip(heads, (dim, 2 * dim, 4 * dim, 8 * dim), strict=True)
    if dim % 2 or any(
        not count or channels % count or channels < count * _SMALLEST_HEAD
        for count, channels in widest
    ):
        raise EngineError(
            f'expected an even number of channels that divides into heads of at least '
            f'{_SMALLEST_HEAD} in {path}, got {dim} channels and {heads} heads'
        )
    return CleanNetSize(dim, blocks, heads)


def _length(state: Mapping[str, Tensor], key: str, path: Path) -> int:
    weight = state.get(key)
    if weight is None:
        raise EngineError(f'missing in {path}: {key}')
    if not weight.ndim:
        raise EngineError(f'expected {key} to have dimensions in {path}, got a single number')
    return len(weight)


def _blocks(state: Mapping[str, Tensor], level: str) -> int:
    matches = (re.match(rf'{level}\.(\d{{1,9}})\.', str(key)) for key in state)
    found = {int(match.group(1)) for match in matches if match}
    # Counted without gaps: a made-up name must not decide how much is built.
    return next(count for count in itertools.count() if count not in found)


def _check_shared(state: Mapping[str, Tensor], path: Path) -> None:
    """Refuse a balance block that differs between its two names."""
    prefix = 'refine_model.balance.'
    for key, weight in state.items():
        twin = state.get(key.replace(f'{prefix}conv.', f'{prefix}blocks.0.'))
        if twin is not None and twin.shape == weight.shape and not torch.equal(twin, weight):
            raise EngineError(
                f'expected balance.conv and balance.blocks.0 to be the same in {path}, '
                f'they differ in {key.rsplit(".", 1)[1]}'
            )
