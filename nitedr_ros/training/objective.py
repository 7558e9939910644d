"""The loss of a batch in each stage."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from nitedr_ros.training.distillation import Teacher
from nitedr_ros.training.fusion_losses import fusion_terms
from nitedr_ros.training.losses import Terms, deraining_terms
from nitedr_ros.training.patches import Batch
from nitedr_ros.training.settings import StageName, TrainingConfig


class Objective:
    """Runs a pair on a batch and says how far it is from what is wanted.

    pair: compiled or not. bf16: whether convolutions compute in bfloat16; losses are in float32.
    """

    def __init__(
        self, pair: nn.Module, config: TrainingConfig, teacher: Teacher | None, *, bf16: bool
    ) -> None:
        self._pair, self._config, self._teacher, self._bf16 = pair, config, teacher, bf16

    def terms(self, batch: Batch, stage: StageName) -> Terms:
        """Return the weighted terms of the loss, scalars by name."""
        config = self._config
        seen = (batch.rainy, batch.thermal, batch.present)
        shown: tuple[Tensor, ...] | None = None
        with self._autocast(batch.rainy.device.type):
            if self._teacher is not None:
                shown = self._teacher.watch(*seen)
            restored = self._pair(*seen)
        derained = restored.derained.float()
        fused = restored.fused.float() if stage == 'fusion' else None
        terms: Terms = {}
        if stage == 'clean' or config.fusion.clean_rate:
            terms |= deraining_terms(
                derained,
                rainy=batch.rainy,
                clean=batch.clean,
                dry=batch.dry,
                weights=config.clean.weights,
            )
        if fused is not None:
            fusion = fusion_terms(
                fused,
                clean=batch.clean,
                thermal=batch.thermal,
                present=batch.present,
                weights=config.fusion.weights,
            )
            terms |= {f'fusion_{name}': term for name, term in fusion.items()}
        if self._teacher is not None and shown is not None:
            terms |= self._teacher.terms(
                shown, derained=derained, fused=fused, features=restored.features.float()
            )
        return terms

    def _autocast(self, device: str) -> AbstractContextManager[object]:
        return torch.autocast(device, torch.bfloat16, enabled=self._bf16)
