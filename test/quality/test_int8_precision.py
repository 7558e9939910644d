"""The shipped model in int8 against itself in fp32, on frames it was never trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.engines.model import find_model
from nitedr_ros.networks.export_job import ExportJob, calibrated, rewritten
from nitedr_ros.networks.graphs.agreement import INT8_LIMITS, Yardstick
from nitedr_ros.networks.graphs.samples import read_samples
from nitedr_ros.networks.sources import from_registry
from nitedr_ros.resources import models_folder

pytestmark = pytest.mark.slow

PLACES = {'visible': 'Vis/input', 'thermal': 'Inf/input', 'target': 'Vis/target'}
VALIDATION_NIGHTS = ('00012N', '00028N', '00047N')
"""Dry nights of msrs that nothing is trained on."""


@pytest.fixture(scope='module')
def splits(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The training and the validation split of RoadScene-rain, and nights, as folders."""
    base, nights = data_folder / 'roadscene-rain' / 'train', data_folder / 'msrs'
    folder = tmp_path_factory.mktemp('splits')
    names = sorted(path.name for path in (base / PLACES['visible']).iterdir())
    for kind, place in PLACES.items():
        for split in ('training', 'validation', 'nights'):
            (folder / split / kind).mkdir(parents=True)
        for index, name in enumerate(names):
            split = 'training' if index % 10 else 'validation'
            (folder / split / kind / name).symlink_to(base / place / name)
        for path in sorted((nights / kind).glob('*N.png')):
            split = 'nights' if path.stem in VALIDATION_NIGHTS else 'training'
            (folder / split / kind / path.name).symlink_to(path)
    return folder


def test_int8_derains_as_well_as_fp32(splits: Path) -> None:
    source = from_registry(find_model('nitedr-lite', models_folder()))
    graph = rewritten(source, None)
    folders = {'samples': splits / 'validation', 'calibration': splits / 'training'}
    choice = calibrated(graph, ExportJob('int8', None, None, 'int8', **folders))
    assert choice.in_int8 > choice.convolutions / 2
    assert not choice.agreement.complaint
    assert choice.agreement.loss_db is not None
    assert choice.agreement.loss_db <= INT8_LIMITS.loss_db
    # Lamps at night, which hardly any of the frames has that it was calibrated on.
    nights = Yardstick(graph, read_samples(splits / 'nights', None))
    assert not nights.compare(choice.model, INT8_LIMITS).complaint
