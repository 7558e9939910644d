"""The real-time networks in int8: what stays in float whatever the frames are."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: int8 is not tested')

from nitedr_ros.engines.check import sample_pair  # noqa: E402
from nitedr_ros.networks.export import export  # noqa: E402
from nitedr_ros.networks.export_job import rewritten  # noqa: E402
from nitedr_ros.networks.graphs.calibration import calibrate  # noqa: E402
from nitedr_ros.networks.graphs.quantised import quantisable, quantised  # noqa: E402
from nitedr_ros.networks.graphs.session import GraphSession  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, Pair, deployed  # noqa: E402
from nitedr_ros.networks.sources import Source  # noqa: E402

SIZE = (64, 96)


@pytest.fixture(scope='module', params=[SIZE, None], ids=['one size', 'any size'])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    torch.manual_seed(6)
    network = deployed(Pair(SIZES['nano']))
    path = tmp_path_factory.mktemp('graph') / 'nano.onnx'
    with warnings.catch_warnings():
        # Tracing warns of each branch on a shape, and that there is a newer exporter.
        warnings.simplefilter('ignore')
        export(network, path, name='nano', version='1', size_multiple=network.stride)
    return rewritten(Source(onnx.load(path), '1', network.stride, {}), request.param)


def test_the_global_branch_and_what_reads_images_stay_in_float(graph: onnx.ModelProto) -> None:
    names = {
        index: node.name for index, node in enumerate(graph.graph.node) if node.op_type == 'Conv'
    }
    left = {name for index, name in names.items() if index not in quantisable(graph)}
    whole = [f'/clean/whole/{name}/Conv' for name in ('reading', 'shift', 'correction')]
    assert left == {*whole, '/fusion/stem/Conv'}


def test_in_int8_it_gives_nearly_the_same(graph: onnx.ModelProto) -> None:
    images = sample_pair(*SIZE)
    convolutions = quantisable(graph)
    ranges = calibrate(graph, convolutions, [images]).ranges
    result = quantised(graph, set(convolutions), ranges)
    before, after = (GraphSession(model).run(*images) for model in (graph, result))
    for name in ('fused', 'derained'):
        difference = np.abs(after[name].astype(int) - before[name])
        assert 0 < difference.mean() < 1
