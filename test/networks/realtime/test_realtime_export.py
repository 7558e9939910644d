"""The graph that is shipped: operators, rounding, any size, with and without thermal."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the export is not tested')

from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.networks.export import register  # noqa: E402
from nitedr_ros.networks.export_job import rewritten  # noqa: E402
from nitedr_ros.networks.graphs.session import GraphSession  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, Pair, deployed  # noqa: E402
from nitedr_ros.networks.sources import from_registry  # noqa: E402

PLAIN = {
    *('Conv', 'LeakyRelu', 'Add', 'Sub', 'Mul', 'Div', 'Clip', 'Round', 'Cast', 'Concat', 'Split'),
    *('Reshape', 'Transpose', 'Unsqueeze', 'Tile', 'AveragePool', 'GlobalAveragePool', 'Resize'),
    *('ReduceMax', 'Shape', 'Gather', 'Constant', 'Slice', 'Identity'),
}
"""What runtimes of all kinds run; no normalisation, and nothing that grows like a square."""


@pytest.fixture(scope='module')
def pair() -> Pair:
    torch.manual_seed(6)
    pair = Pair(SIZES['nano'])
    for parameter in pair.parameters():
        if parameter.requires_grad:
            parameter.data += 0.01 * torch.randn_like(parameter)
    return pair.eval()


@pytest.fixture(scope='module')
def registry(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('models')
    network = deployed(pair)
    with warnings.catch_warnings():
        # Tracing warns of each branch on a shape, and that there is a newer exporter.
        warnings.simplefilter('ignore')
        register(
            network,
            folder,
            name='fresh',
            version='9',
            summary='a test',
            size_multiple=network.stride,
        )
    return folder


def random_images(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    return rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 256, size, np.uint8)


def run(pair: Pair, visible: np.ndarray, thermal: np.ndarray, present: float):
    """Run the pair as it is trained; return the fused and de-rained image in grey levels."""
    rgb = torch.from_numpy(visible).permute(2, 0, 1)[None] / 255
    warmth = torch.from_numpy(thermal)[None, None] / 255
    with torch.inference_mode():
        result = pair(rgb, warmth, torch.tensor([present]))
    images = (result.fused, result.derained)
    return [(image[0].clamp(0, 1) * 255).permute(1, 2, 0).numpy() for image in images]


@pytest.mark.parametrize('warm', [True, False])
@pytest.mark.parametrize('size', [(64, 96), (48, 80)])
def test_onnx_agrees_with_the_trained_pair(
    pair: Pair, registry: Path, size: tuple[int, int], warm: bool
) -> None:
    visible, thermal = random_images(size)
    thermal = thermal if warm else np.zeros_like(thermal)
    result = OnnxRuntimeEngine(find_model('fresh', registry), threads=1).infer(visible, thermal)
    fused, derained = run(pair, visible, thermal, float(warm))
    for ours, theirs in ((result.fused, fused), (result.derained, derained)):
        assert np.abs(ours - theirs).max() < 0.501
    assert np.array_equal(result.fused, result.derained) is not warm


def test_one_warm_pixel_is_an_image(pair: Pair) -> None:
    visible, thermal = (torch.from_numpy(image)[None] for image in random_images((32, 48)))
    network = deployed(pair)
    one = torch.zeros_like(thermal)
    one[0, 3, 5] = 1
    with torch.inference_mode():
        some, none = network(visible, one), network(visible, 0 * one)
    assert not torch.equal(some[0], some[1])
    assert torch.equal(none[0], none[1])


def test_the_graph_is_of_plain_operators(registry: Path) -> None:
    graph = onnx.load(registry / 'fresh' / 'fresh.onnx').graph
    assert {node.op_type for node in graph.node} <= PLAIN
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == 'Conv':
            groups = [item.i for item in node.attribute if item.name == 'group']
            assert groups in ([], [1])
            assert weights[node.input[1]][2] in (1, 2, 3)


def test_the_trained_pair_is_left_as_it_is(pair: Pair) -> None:
    before = {name: value.clone() for name, value in pair.state_dict().items()}
    deployed(pair)
    assert pair.state_dict().keys() == before.keys()
    assert all(torch.equal(before[name], value) for name, value in pair.state_dict().items())


@pytest.mark.parametrize('size', [(61, 83), None])
def test_rewritten_for_tensorrt_it_gives_the_same(
    registry: Path, size: tuple[int, int] | None
) -> None:
    model = find_model('fresh', registry)
    images = random_images((61, 83))
    found = GraphSession(rewritten(from_registry(model), size)).run(*images)
    expected = OnnxRuntimeEngine(model, threads=1).infer(*images)
    for name in ('fused', 'derained'):
        difference = np.abs(found[name][0].astype(int) - getattr(expected, name))
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3
