"""The exported graph computes what torch computes, at sizes it was not traced with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the export is not tested')

from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.networks.cleannet import CleanNet  # noqa: E402
from nitedr_ros.networks.export import load  # noqa: E402
from nitedr_ros.networks.fusionnet import FusionNet  # noqa: E402


@pytest.fixture(scope='module')
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('weights')
    torch.manual_seed(6)
    torch.save(CleanNet().state_dict(), folder / 'cleannet.pt')
    torch.save(FusionNet().state_dict(), folder / 'fusionnet.pt')
    return folder


@pytest.fixture(scope='module')
def registry(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export in a process of its own, as a user does."""
    folder = tmp_path_factory.mktemp('models')
    names = ['--weights', weights, '--models', folder, '--name', 'fresh', '--version', '9']
    command = [sys.executable, '-m', 'nitedr_ros.networks.export', *names, '--summary', 'a test']
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize('size', [(64, 96), (48, 40), (120, 160)])
def test_onnx_agrees_with_torch(weights: Path, registry: Path, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(8)
    visible = rng.integers(0, 256, (*size, 3), np.uint8)
    thermal = rng.integers(0, 256, size, np.uint8)
    network = load(weights / 'cleannet.pt', weights / 'fusionnet.pt')
    with torch.inference_mode():
        fused, derained = network(torch.from_numpy(visible)[None], torch.from_numpy(thermal)[None])
    result = OnnxRuntimeEngine(find_model('fresh', registry), threads=1).infer(visible, thermal)
    for ours, theirs in ((result.fused, fused), (result.derained, derained)):
        difference = np.abs(ours.astype(int) - theirs[0].numpy().astype(int))
        # A value on the edge between two grey levels may round either way.
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3


def test_description_matches_the_graph(registry: Path) -> None:
    model = find_model('fresh', registry)
    assert model.read_verified()
    assert (model.version, model.summary, model.size_multiple) == ('9', 'a test', 8)
