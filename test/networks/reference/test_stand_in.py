"""The published networks as something to be timed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: nothing stands in')

from nitedr_ros.engines.check import sample_pair  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.networks.reference import stand_in  # noqa: E402
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize  # noqa: E402


def test_it_runs_at_any_size_with_the_same_weights_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = CleanNetSize(8, (1, 1, 1, 1), (1, 2, 4, 4))
    monkeypatch.setattr(stand_in, 'CleanNet', lambda: CleanNet(small))
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = (
        OnnxRuntimeEngine(stand_in.published_model(tmp_path / name), threads=1) for name in 'ab'
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    pair = sample_pair(72, 80)
    ours, theirs = first.infer(*pair), second.infer(*pair)
    assert ours.fused.shape == ours.derained.shape == (72, 80, 3)
    np.testing.assert_array_equal(ours.fused, theirs.fused)
    assert first.model.name == stand_in.NAME
