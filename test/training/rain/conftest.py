"""Small banks and small frames; torch is imported only by tests that have it."""

from __future__ import annotations

import pytest

BANK = {'layers': 3, 'size': 128, 'plates': 3, 'plate_size': 96, 'plate_drops': 8}


@pytest.fixture(scope='session')
def small_bank():
    from nitedr_ros.training.rain.config import BankRanges

    return BankRanges.model_validate(BANK)


@pytest.fixture(scope='session')
def rain_of():
    """Make a model of one kind of rain, or of all."""
    from nitedr_ros.training.rain import KINDS, RainConfig, RainModel

    def make(kind: str | None = None, **sections: object) -> RainModel:
        values: dict[str, object] = {'bank': BANK, **sections}
        if kind is not None:
            values['kinds'] = dict.fromkeys(KINDS, 0.0) | {kind: 1.0}
        return RainModel(RainConfig.model_validate(values), seed=3)

    return make


@pytest.fixture(scope='session')
def frames():
    """Dark streets [8, 3, 64, 96] with a lamp, and thermal images with a warm person."""
    import torch

    clean = torch.full((8, 3, 64, 96), 0.15)
    clean += 0.05 * torch.rand(clean.shape, generator=torch.Generator().manual_seed(1))
    clean[:, :, 8:16, 40:48] = 1.0
    thermal = torch.full((8, 1, 64, 96), 0.2)
    thermal[..., 30:50, 60:66] = 0.9
    return clean, thermal
