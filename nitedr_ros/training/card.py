"""The card of a run: what its weights were made of, as plain data."""

from __future__ import annotations

from typing import Any

import torch

from nitedr_ros import __version__
from nitedr_ros.training.settings import TrainingConfig
from nitedr_ros.training.trainer import Account, comparable


def card(
    config: TrainingConfig,
    account: Account,
    data: dict[str, Any],
    *,
    device: str,
    processes: int,
) -> dict[str, Any]:
    """Return what is written beside the weights.

    data: how many images trained and validated. device: its maker's name for it.
    """
    return {
        'config': comparable(config),
        'data': data,
        'seed': config.seed,
        'steps': account.step,
        'skipped_steps': account.skipped,
        'minutes': round(account.seconds / 60, 2),
        'device': device,
        'processes': processes,
        'nitedr': __version__,
        'torch': torch.__version__,
        'best_step': account.best_step,
        'best_shortfall': None if account.best_score is None else account.best_score[0],
        'best': account.best_figures,
        'last': account.figures,
    }
