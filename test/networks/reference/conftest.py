"""The reference material, which is not part of the project, and small networks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope='session')
def reference() -> Path:
    """Where the reference material lies: NITEDR_REFERENCE, or shared/reference beside."""
    beside = Path(__file__).resolve().parents[4] / 'shared' / 'reference'
    folder = Path(os.environ.get('NITEDR_REFERENCE', beside))
    if not (folder / 'pipeline_seed7.npz').is_file():
        pytest.skip(
            f'NO REFERENCE in {folder}: the published networks are not checked in this run'
        )
    return folder


@pytest.fixture(scope='session')
def golden(reference: Path) -> dict[str, np.ndarray]:
    """The published pipeline on random weights: weights, inputs and all that came of them."""
    with np.load(reference / 'pipeline_seed7.npz') as case:
        return dict(case)


@pytest.fixture(scope='session')
def golden_files(golden, tmp_path_factory) -> tuple[Path, Path]:
    """The golden weights as the authors' two checkpoints hold theirs."""
    torch = pytest.importorskip('torch', reason='torch is not installed: no checkpoint is read')

    def weights(prefix: str) -> dict:
        return {
            key.removeprefix(prefix): torch.from_numpy(value)
            for key, value in golden.items()
            if key.startswith(prefix)
        }

    folder = tmp_path_factory.mktemp('golden')
    cleannet, fusionnet = folder / 'best_net_g.pth', folder / 'fusion.pth'
    torch.save({'params': weights('cleannet.')}, cleannet)
    nets = {name: weights(f'{name}.') for name in ('fusion_model', 'refine_model')}
    torch.save({**nets, 'loss': [np.float64(0.5), np.float64(0.25)]}, fusionnet)
    return cleannet, fusionnet
