"""The shipped model in fp16 against itself in fp32, on frames it was never trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.engines.model import find_model
from nitedr_ros.networks.export_job import ExportJob, halved, rewritten
from nitedr_ros.networks.graphs.agreement import LOSS_LIMIT_DB, MEAN_LIMIT, TAIL_LIMIT, compare
from nitedr_ros.networks.graphs.samples import read_samples
from nitedr_ros.networks.sources import Source, from_registry
from nitedr_ros.resources import models_folder


@pytest.fixture(scope='module')
def source() -> Source:
    return from_registry(find_model('nitedr-lite', models_folder()))


@pytest.fixture(scope='module')
def validation(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validation split of RoadScene-rain as a folder of samples."""
    base = data_folder / 'roadscene-rain' / 'train'
    folder = tmp_path_factory.mktemp('validation')
    places = {'visible': 'Vis/input', 'thermal': 'Inf/input', 'target': 'Vis/target'}
    names = sorted(path.name for path in (base / places['visible']).iterdir())[::10]
    for kind, place in places.items():
        (folder / kind).mkdir()
        for name in names:
            (folder / kind / name).symlink_to(base / place / name)
    return folder


@pytest.mark.parametrize('size', [None, (480, 640)])
def test_fp16_derains_as_well_as_fp32(
    source: Source, validation: Path, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    graph = rewritten(source, size)
    # Chosen and checked on the drawn scene, as the command does without samples.
    half, in_half, drawn = halved(graph, ExportJob('half', tmp_path / 'out.onnx', size, 'fp16'))
    assert in_half > len(graph.graph.node) / 2
    found = compare(graph, half, read_samples(validation, size))
    assert found.pairs == 12
    assert not drawn.complaint
    assert not found.complaint
    assert found.mean <= MEAN_LIMIT
    assert found.tail <= TAIL_LIMIT
    assert found.loss_db is not None
    assert abs(found.loss_db) <= LOSS_LIMIT_DB


def test_fp16_agrees_on_night_and_day_at_vga(source: Source, data_folder: Path) -> None:
    size = (480, 640)
    graph = rewritten(source, size)
    samples = data_folder / 'msrs'
    half, _, found = halved(graph, ExportJob('half', Path(), size, 'fp16', samples=samples))
    assert found.pairs == 10
    assert not found.complaint
    assert half.ByteSize() < 0.55 * graph.ByteSize()
