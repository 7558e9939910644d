"""The exported published path computes what torch computes, at sizes it was not traced with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the export is not tested')
onnx = pytest.importorskip('onnx', reason='onnx is not installed: the export is not tested')

from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.networks.reference.checkpoint import (  # noqa: E402
    load_cleannet,
    load_fusionnet,
)
from nitedr_ros.networks.reference.colour import levels_to_ycrcb  # noqa: E402
from nitedr_ros.networks.reference.inference_path import InferencePath  # noqa: E402

COMMAND = [sys.executable, '-m', 'nitedr_ros.networks.reference.export']
LEFT_TO_THE_SIZE = {'If', 'Loop', 'Mod', 'NonZero', 'Scan', 'ScatterElements', 'ScatterND'}
"""Data-dependent control flow and what not all versions of TensorRT take."""


def arguments(cleannet: Path, fusionnet: Path, models: Path) -> list[str]:
    given = ['--cleannet', cleannet, '--fusionnet', fusionnet, '--models', models]
    named = ['--name', 'published', '--version', '7', '--summary', 'a test']
    return [str(part) for part in (*given, *named)]


@pytest.fixture(scope='module')
def model(golden_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp('models')
    subprocess.run([*COMMAND, *arguments(*golden_files, folder)], check=True, capture_output=True)
    return find_model('published', folder)


@pytest.mark.parametrize('size', [(64, 80), (61, 83), (8, 33)])
def test_onnx_agrees_with_torch(golden_files, model, golden, size: tuple[int, int]) -> None:
    repeats = -(-size[0] // 61), -(-size[1] // 83)
    visible = np.tile(golden['rgb'], (*repeats, 1))[: size[0], : size[1]]
    thermal = np.tile(golden['thermal'], repeats)[: size[0], : size[1]]
    cleannet, fusionnet = load_cleannet(golden_files[0]), load_fusionnet(golden_files[1])
    result = OnnxRuntimeEngine(model, threads=1).infer(visible, thermal)
    with torch.inference_mode():
        pair = torch.tensor(visible)[None], torch.tensor(thermal)[None]
        _, derained = InferencePath(cleannet, fusionnet).eval()(*pair)
        # A derained value that rounds the other way is divided by the illumination, which can make
        # more of it than one grey level: FusionNet starts from what the graph itself derained.
        levels, warmth = (
            levels_to_ycrcb(torch.tensor(image).permute(2, 0, 1)[None].float())
            for image in (result.derained, np.stack([thermal] * 3, -1))
        )
        fused = torch.floor(fusionnet(levels, warmth) * 255 + 0.5).permute(0, 2, 3, 1)
    for ours, theirs in ((result.derained, derained), (result.fused, fused)):
        difference = np.abs(ours.astype(int) - theirs[0].numpy().astype(int))
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3


def test_onnx_gives_the_golden_images(model, golden) -> None:
    result = OnnxRuntimeEngine(model, threads=1).infer(golden['rgb'], golden['thermal'])
    for ours, key in ((result.derained, 'clean_uint8'), (result.fused, 'refined_uint8')):
        assert np.abs(ours.astype(int) - golden[key]).max() <= 1


def test_graph_keeps_to_what_runtimes_take(model) -> None:
    graph = onnx.load(str(model.path))
    assert not {node.op_type for node in graph.graph.node} & LEFT_TO_THE_SIZE
    assert [entry.version for entry in graph.opset_import] == [17]
    assert model.size_multiple == 1


def test_a_refused_checkpoint_ends_with_one_line(golden_files, tmp_path: Path) -> None:
    swapped = arguments(golden_files[1], golden_files[0], tmp_path / 'models')
    done = subprocess.run([*COMMAND, *swapped], capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert 'Traceback' not in done.stderr
    assert done.stderr.splitlines()[-1].startswith('error: expected params')
    assert not (tmp_path / 'models').exists()
