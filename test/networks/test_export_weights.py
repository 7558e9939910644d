"""Exports from weights, of the published pair and of our own, in fp32 and fp16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the export is not tested')

from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.errors import EngineError, InputError  # noqa: E402
from nitedr_ros.networks.cleannet import CleanNet  # noqa: E402
from nitedr_ros.networks.deployed import Deployed  # noqa: E402
from nitedr_ros.networks.export_job import ExportJob, run_export  # noqa: E402
from nitedr_ros.networks.fusionnet import FusionNet  # noqa: E402
from nitedr_ros.networks.reference import cleannet as published  # noqa: E402
from nitedr_ros.networks.reference.fusionnet import (  # noqa: E402
    FusionNet as PublishedFusionNet,
)
from nitedr_ros.networks.sources import from_weights  # noqa: E402


@pytest.fixture(scope='module')
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp('ours')
    torch.manual_seed(6)
    torch.save(CleanNet().state_dict(), folder / 'cleannet.pt')
    torch.save(FusionNet().state_dict(), folder / 'fusionnet.pt')
    return folder / 'cleannet.pt', folder / 'fusionnet.pt'


@pytest.fixture(scope='module')
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small pair of the published kind, in files like the authors'."""
    folder = tmp_path_factory.mktemp('theirs')
    torch.manual_seed(3)
    clean = published.CleanNet(published.CleanNetSize(16, (1, 1, 1, 1), (1, 2, 2, 2)))
    fusion = PublishedFusionNet()
    torch.save({'params': clean.state_dict()}, folder / 'best_net_g.pth')
    parts = {name: getattr(fusion, name).state_dict() for name in ('fusion_model', 'refine_model')}
    torch.save(parts, folder / 'fusion.pth')
    return folder / 'best_net_g.pth', folder / 'fusion.pth'


def test_own_networks_run_at_any_size(ours: tuple[Path, Path], tmp_path: Path) -> None:
    job = ExportJob('mine', tmp_path / 'mine.onnx', registry=tmp_path)
    run_export(from_weights('mine', *ours), job)
    clean, fusion = CleanNet(), FusionNet()
    clean.load_state_dict(torch.load(ours[0], weights_only=True))
    fusion.load_state_dict(torch.load(ours[1], weights_only=True))
    rng = np.random.default_rng(8)
    visible, thermal = rng.integers(0, 256, (64, 80, 3), np.uint8), np.zeros((64, 80), np.uint8)
    with torch.inference_mode():
        pair = torch.tensor(visible)[None], torch.tensor(thermal)[None]
        fused, derained = Deployed(clean, fusion).eval()(*pair)
    model = find_model('mine', tmp_path)
    assert (model.size_multiple, model.size) == (1, None)
    engine = OnnxRuntimeEngine(model, threads=1)
    found = engine.infer(visible, thermal)
    for image, expected in ((found.fused, fused), (found.derained, derained)):
        assert np.abs(image.astype(int) - expected[0].numpy()).max() <= 1
    assert engine.infer(visible[:61, :67], thermal[:61, :67]).fused.shape == (61, 67, 3)


@pytest.mark.parametrize('size', [(61, 83), None])
def test_the_published_pair_in_fp16_agrees_with_fp32(
    theirs: tuple[Path, Path], size: tuple[int, int] | None, tmp_path: Path
) -> None:
    source = from_weights('reference', *theirs)
    report = run_export(source, ExportJob('half', tmp_path / 'half.onnx', size, 'fp16'))
    assert report.agreement is not None
    assert not report.agreement.complaint
    assert report.nodes_in_fp16 > report.nodes / 3
    full = run_export(source, ExportJob('full', tmp_path / 'full.onnx', size))
    assert report.bytes < 0.6 * full.bytes


def test_weights_of_another_network_are_refused(
    ours: tuple[Path, Path], theirs: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r'missing in .*fusionnet\.pt'):
        from_weights('mine', ours[1], ours[0])
    with pytest.raises(EngineError, match='expected params'):
        from_weights('reference', *ours)
    with pytest.raises(InputError, match=r'none\.pt'):
        from_weights('mine', tmp_path / 'none.pt', ours[1])
