"""The kinds of rain, what each is made of, and which samples of a batch get which."""

from __future__ import annotations

import torch
from torch import Tensor

from nitedr_ros.training.rain.config import KindShares

PARTS = ('far', 'middle', 'near', 'veil', 'mist', 'drops', 'film', 'glare')

_CHANCES = {
    'dry': (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    'fine': (1.0, 0.5, 0.1, 0.2, 0.7, 0.0, 0.0, 0.3),
    'near': (0.3, 0.7, 1.0, 0.1, 0.8, 0.0, 0.0, 0.3),
    'veil': (0.8, 0.7, 0.1, 1.0, 0.0, 0.05, 0.05, 0.4),
    'lens': (0.5, 0.5, 0.1, 0.1, 0.6, 1.0, 0.1, 0.3),
    'film': (0.2, 0.1, 0.1, 0.2, 0.4, 0.4, 1.0, 0.5),
    'glare': (0.3, 0.2, 0.1, 0.2, 0.6, 0.1, 0.1, 1.0),
    'storm': (1.0, 0.8, 0.7, 0.9, 0.0, 0.4, 0.3, 0.6),
    'plain': (1.0, 0.8, 0.6, 0.1, 0.4, 0.1, 0.0, 0.0),
}
"""Chance of each of PARTS; in the plain kind the three kinds of streaks are three plain layers.
Mist is a thin veil: where drops are to be seen there are more that are too far to be seen.
"""
KINDS = tuple(_CHANCES)
DRY, PLAIN = KINDS.index('dry'), KINDS.index('plain')


class KindDraw:
    """Draws kinds and parts for batches, on one device, without waiting for it."""

    def __init__(self, shares: KindShares, device: torch.device) -> None:
        values = [float(getattr(shares, kind)) for kind in KINDS]
        total = sum(values)
        ends = torch.tensor(values, device=device).cumsum(0)[:-1] / total
        self._ends = ends.contiguous()
        self._chances = torch.tensor([_CHANCES[kind] for kind in KINDS], device=device)

    def kinds(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw int64 [count], indices of KINDS; each batch has them close to their shares."""
        device = generator.device
        places = torch.randperm(count, generator=generator, device=device)
        jitter = torch.rand(count, generator=generator, device=device)
        return torch.bucketize((places + jitter) / count, self._ends, right=True)

    def parts(self, kinds: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """Return for each of PARTS a float32 [N, 1, 1, 1]: 1 where a sample has it, else 0."""
        chance = torch.rand(len(kinds), len(PARTS), generator=generator, device=generator.device)
        has = (chance < self._chances[kinds]).float()[:, :, None, None, None]
        return dict(zip(PARTS, has.unbind(1), strict=True))
