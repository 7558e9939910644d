"""The published networks as something to be timed."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: nothing stands in')

from nitedr_ros.engines.check import sample_pair  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.networks.reference import stand_in  # noqa: E402
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize  # noqa: E402


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    size = CleanNetSize(8, (1, 1, 1, 1), (1, 2, 4, 4))
    monkeypatch.setattr(stand_in, 'CleanNet', lambda: CleanNet(size))


def test_it_runs_at_any_size(tmp_path: Path) -> None:
    model = stand_in.published_model(tmp_path)
    assert model.name == stand_in.NAME
    result = OnnxRuntimeEngine(model, threads=1).infer(*sample_pair(44, 52))
    assert result.fused.shape == result.derained.shape == (44, 52, 3)


def test_its_weights_are_the_same_each_time_and_nobody_elses_luck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(stand_in, 'register', lambda network, *_, **__: made.append(network))
    monkeypatch.setattr(stand_in, 'find_model', lambda *_: None)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    for _ in range(2):
        stand_in.published_model(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), before)
    first, second = (network.state_dict() for network in made)
    assert first.keys() == second.keys()
    assert all(torch.equal(weight, second[name]) for name, weight in first.items())
