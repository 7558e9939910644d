"""Learning from a larger pair: what it gives, and what it has in mind."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nitedr_ros.training.losses import Terms, charbonnier
from nitedr_ros.training.settings import DistillationConfig


class Teacher(nn.Module):
    """A trained pair that stays as it is, and a learnt map from the student's features to its own.

    student, teacher: pairs. The map (1x1 convolution) is trained with the student and left behind
    afterwards.
    """

    def __init__(self, student: nn.Module, teacher: nn.Module, config: DistillationConfig) -> None:
        super().__init__()
        self._config = config
        # In a list, so that it is no part of what is trained, averaged or written.
        self._teacher = [teacher.eval().requires_grad_(False)]
        side = max(student.stride, teacher.stride) * 4
        black = torch.zeros(1, 3, side, side), torch.zeros(1, 1, side, side), torch.ones(1)
        with torch.no_grad():
            channels = [pair(*black).features.shape[1] for pair in (student, teacher)]
        self.adapter = nn.Conv2d(channels[0], channels[1], 1)

    def to_device(self, device: torch.device) -> Teacher:
        """Move the teacher too; returns itself."""
        self._teacher[0].to(device, memory_format=torch.channels_last)
        self.to(device)
        return self

    @torch.no_grad()
    def watch(self, rainy: Tensor, thermal: Tensor, present: Tensor) -> tuple[Tensor, ...]:
        """Return the teacher's de-rained and fused images and features for a batch."""
        seen = self._teacher[0](rainy, thermal, present)
        return seen.derained.float(), seen.fused.float(), seen.features.float()

    def terms(
        self,
        shown: tuple[Tensor, ...],
        *,
        derained: Tensor,
        fused: Tensor | None,
        features: Tensor,
    ) -> Terms:
        """Return the weighted distances to what `watch` has shown.

        derained, fused: RGB [N, 3, H, W], fused None where it isn't learnt now; features
        [N, C, h, w], of any size; all float32.
        """
        images, fused_images, mind = shown
        terms: Terms = {}
        if self._config.output:
            terms['teacher'] = self._config.output * charbonnier(derained, images).mean()
            if fused is not None:
                distance = charbonnier(fused, fused_images).mean()
                terms['teacher_fused'] = self._config.output * distance
        if self._config.features and fused is None:
            ours = self.adapter(features)
            size = (min(ours.shape[-2], mind.shape[-2]), min(ours.shape[-1], mind.shape[-1]))
            ours, mind = (functional.adaptive_avg_pool2d(each, size) for each in (ours, mind))
            scale = mind.square().mean().sqrt().clamp(min=1e-6)
            terms['teacher_features'] = self._config.features * functional.smooth_l1_loss(
                ours / scale, mind / scale
            )
        return terms
