"""A training run becomes a registered model."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the export is not tested')
pytest.importorskip('safetensors', reason='safetensors is not installed')

from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.errors import EngineError, InputError  # noqa: E402
from nitedr_ros.networks.export_job import ExportJob, is_run, run_export  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, Pair, PairSize, deployed  # noqa: E402
from nitedr_ros.networks.sources import from_run  # noqa: E402
from nitedr_ros.training.run_folder import RunFolder  # noqa: E402


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RunFolder, Pair]:
    monkeypatch.setitem(SIZES, 'tiny', PairSize(4, (16, 24), (1, 1), (1,), 16, 1))
    torch.manual_seed(2)
    pair = Pair(SIZES['tiny']).eval()
    folder = RunFolder(tmp_path / 'run')
    folder.path.mkdir()
    folder.write_best(pair)
    folder.write_card({'config': {'size': 'tiny'}})
    return folder, pair


def test_the_registered_model_computes_what_the_best_pair_does(run, tmp_path: Path) -> None:
    folder, pair = run
    assert is_run(folder.path)
    job = ExportJob('nitedr-tiny', None, registry=tmp_path / 'models')
    report = run_export(from_run(folder.path), job)
    model = find_model('nitedr-tiny', tmp_path / 'models')
    assert report.registered == model.path.parent / 'model.yaml'
    rng = np.random.default_rng(8)
    visible = rng.integers(0, 256, (64, 96, 3), np.uint8)
    thermal = rng.integers(0, 256, (64, 96), np.uint8)
    with torch.inference_mode():
        expected = deployed(pair)(torch.tensor(visible)[None], torch.tensor(thermal)[None])
    found = OnnxRuntimeEngine(model, threads=1).infer(visible, thermal)
    for image, wanted in zip((found.fused, found.derained), expected, strict=True):
        assert np.abs(image.astype(int) - wanted[0].numpy()).max() <= 1


def test_the_graph_says_which_weights_it_has(run, tmp_path: Path) -> None:
    folder, _ = run
    out = tmp_path / 'graph.onnx'
    run_export(from_run(folder.path), ExportJob('a', out))
    known = {entry.key: entry.value for entry in onnx.load(str(out)).metadata_props}
    assert known['weights_sha256'] == hashlib.sha256(folder.best.read_bytes()).hexdigest()
    assert known['weights_sha256'].startswith(known['version'])
    assert known['source'] == 'nitedr-tiny'


def test_a_run_without_weights_or_of_another_size_is_refused(run, tmp_path: Path) -> None:
    folder, _ = run
    assert not is_run(tmp_path)
    folder.write_card({'config': {'size': 'nano'}})
    with pytest.raises(EngineError, match=r'best\.safetensors'):
        from_run(folder.path)
    folder.best.unlink()
    with pytest.raises(InputError, match='weights of a training run'):
        from_run(folder.path)
