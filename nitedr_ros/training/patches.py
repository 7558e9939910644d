"""Batches of patches: recorded rain, and clean frames under simulated rain, made on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from nitedr_ros.training.augment import drop, regain, shift
from nitedr_ros.training.image_store import ImageStore
from nitedr_ros.training.rain import KINDS, Rained
from nitedr_ros.training.settings import PatchConfig, ThermalConfig

_DRY = KINDS.index('dry')


class Rain(Protocol):
    """Lays rain over clean frames, as `training.rain.RainModel` does."""

    def pairs(self, clean: Tensor, thermal: Tensor, generator: torch.Generator) -> Rained:
        """Return what a camera saw, and would have seen without rain."""


@dataclass(frozen=True)
class Batch:
    """N patches, float32 in [0, 1] on the device, in channels_last memory.

    rainy, clean: RGB [N, 3, P, P]; thermal: [N, 1, P, P], zero where there is none; present [N]:
    1 where there is a thermal image; dry [N]: 1 where rainy is clean.
    """

    rainy: Tensor
    clean: Tensor
    thermal: Tensor
    present: Tensor
    dry: Tensor


class Patches:
    """An endless source of batches, each with the same shares of each kind.

    recorded: with rainy images; roadscene, msrs: without; msrs may be empty. All stores are on
    one device. The two generators' states are all that the next batch depends on.
    """

    def __init__(
        self,
        recorded: ImageStore,
        roadscene: ImageStore,
        msrs: ImageStore,
        rain: Rain,
        *,
        config: PatchConfig,
        thermal: ThermalConfig,
        device: torch.device,
        seed: int,
    ) -> None:
        self._recorded, self._roadscene, self._msrs = recorded, roadscene, msrs
        self._rain, self._config, self._thermal = rain, config, thermal
        self.generators = (
            torch.Generator('cpu').manual_seed(seed),
            torch.Generator(device).manual_seed(seed + 1),
        )
        self._recorded_count = round(config.batch * config.recorded_share)

    @property
    def count(self) -> dict[str, int]:
        """How many images there are of each kind, RoadScene once for each of its widths."""
        return {
            'recorded_rain': len(self._recorded),
            'clean_roadscene': len(self._roadscene),
            'clean_msrs': len(self._msrs),
        }

    def next(self) -> Batch:
        """Return the next batch."""
        on_device = self.generators[1]
        recorded = _floats(self._cut(self._recorded, self._recorded_count))
        others = _floats(self._others(self._config.batch - self._recorded_count))
        rainy, clean, thermal = recorded[:, 4:], recorded[:, :3], recorded[:, 3:4]
        dry = rainy.new_zeros(len(recorded))
        if len(others):
            rained = self._rain.pairs(others[:, :3].contiguous(), others[:, 3:], on_device)
            rainy, clean = torch.cat([rainy, rained.rainy]), torch.cat([clean, rained.target])
            thermal = torch.cat([thermal, others[:, 3:]])
            dry = torch.cat([dry, (rained.kind == _DRY).to(dry.dtype)])
        thermal = shift(regain(thermal, self._thermal, on_device), self._thermal, on_device)
        thermal, present = drop(thermal, self._thermal.absent_share, on_device)
        layout = torch.channels_last
        return Batch(
            rainy.contiguous(memory_format=layout),
            clean.contiguous(memory_format=layout),
            (thermal * 255).round() / 255,
            present,
            dry,
        )

    def _cut(self, store: ImageStore, count: int) -> Tensor:
        on_cpu = self.generators[0]
        images = torch.randint(max(1, len(store)), (count,), generator=on_cpu).tolist()
        return store.cut(images, on_cpu)

    def _others(self, count: int) -> Tensor:
        share = self._config.msrs_share if len(self._msrs) else 0.0
        from_msrs = torch.rand(count, generator=self.generators[0]) < share
        some = int(from_msrs.sum())
        return torch.cat([self._cut(self._roadscene, count - some), self._cut(self._msrs, some)])


def _floats(patches: Tensor) -> Tensor:
    return patches.permute(0, 3, 1, 2).float() / 255
