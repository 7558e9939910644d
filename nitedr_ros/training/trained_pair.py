"""Pairs by the name of their size, new or as a run left them."""

from __future__ import annotations

from nitedr_ros.errors import ConfigError, EngineError
from nitedr_ros.networks.realtime import SIZES, Pair
from nitedr_ros.networks.reference.state import fill
from nitedr_ros.training.run_folder import RunFolder


def new_pair(size: str) -> Pair:
    """Return an untrained pair; its weights come from torch's generator.

    Raises ConfigError for a size that there isn't.
    """
    if size not in SIZES:
        raise ConfigError(f'expected size to be one of {", ".join(SIZES)}, got {size!r}')
    return Pair(SIZES[size])


def load_trained_pair(folder: RunFolder, size: str | None = None) -> Pair:
    """Return the best pair of a run, on the CPU, in evaluation mode.

    size: what it must be of; None for any. Raises InputError where the run's files are missing,
    EngineError where they are damaged or of another size.
    """
    trained = str(folder.read_card()['config'].get('size'))
    if size is not None and trained != size:
        raise EngineError(f'expected a pair of size {size} in {folder.path}, it is of {trained}')
    pair = new_pair(trained)
    fill(pair, folder.read_best(), folder.best)
    return pair.eval()
