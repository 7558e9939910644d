"""Counting multiply-accumulates."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nitedr_ros.bench import multiplications
from nitedr_ros.bench.multiplications import gmac
from nitedr_ros.engines.model import find_model
from nitedr_ros.networks.export_job import rewritten
from nitedr_ros.networks.sources import from_registry
from nitedr_ros.resources import models_folder

WAYS = [
    multiplications._by_onnx,
    pytest.param(
        multiplications._by_openvino,
        marks=pytest.mark.skipif(find_spec('openvino') is None, reason='openvino not installed'),
    ),
]


def graph() -> bytes:
    """Two strided convolutions, one of them grouped, one transposed, and a product."""
    shape = ['height', 'width']
    visible = helper.make_tensor_value_info('visible', TensorProto.UINT8, [1, *shape, 3])
    thermal = helper.make_tensor_value_info('thermal', TensorProto.UINT8, [1, *shape])
    output = helper.make_tensor_value_info('product', TensorProto.FLOAT, [1, 8, None, 5])
    heat = helper.make_tensor_value_info('heat', TensorProto.FLOAT, [1, *shape])
    weights = {
        'wide': (8, 3, 3, 3),
        'grouped': (8, 4, 3, 3),
        'enlarging': (8, 8, 2, 2),
        'factor': (1, 1, 24, 5),
    }
    nodes = [
        helper.make_node('Cast', ['thermal'], ['heat'], to=TensorProto.FLOAT),
        helper.make_node('Cast', ['visible'], ['float'], to=TensorProto.FLOAT),
        helper.make_node('Transpose', ['float'], ['first'], perm=[0, 3, 1, 2]),
        helper.make_node('Conv', ['first', 'wide'], ['a'], pads=[1] * 4, strides=[2, 2]),
        helper.make_node('Conv', ['a', 'grouped'], ['b'], pads=[1] * 4, group=2),
        helper.make_node('ConvTranspose', ['b', 'enlarging'], ['c'], strides=[2, 2]),
        helper.make_node('MatMul', ['c', 'factor'], ['product']),
    ]
    constants = [
        numpy_helper.from_array(np.ones(shape, np.float32), name)
        for name, shape in weights.items()
    ]
    made = helper.make_graph(nodes, 'g', [visible, thermal], [output, heat], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


@pytest.mark.parametrize('count', WAYS)
def test_a_graph_that_can_be_counted_by_hand(count) -> None:
    height, width = 16, 24
    quarter = (height // 2) * (width // 2)
    wide = quarter * 8 * 3 * 9
    grouped = quarter * 8 * 4 * 9
    enlarging = quarter * 8 * 8 * 4
    product = 8 * height * 5 * width
    assert count(graph(), height, width) == wide + grouped + enlarging + product


@pytest.mark.parametrize('count', WAYS)
def test_nitedr_lite_costs_what_its_card_says(count) -> None:
    # Of one size: what it does for any is beyond the shapes that onnx follows.
    source = from_registry(find_model('nitedr-lite', models_folder()))
    content = rewritten(source, (480, 640)).SerializeToString()
    assert count(content, 480, 640) / 1e9 == pytest.approx(8.68 + 1.73, abs=0.01)


def test_a_shipped_graph_of_any_size_is_counted() -> None:
    pytest.importorskip('openvino', reason='openvino is not installed: it is not counted')
    content = (models_folder() / 'nitedr-lite' / 'nitedr-lite.onnx').read_bytes()
    assert gmac(content, 480, 640) == pytest.approx(8.68 + 1.73, abs=0.01)


def test_without_packages_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiplications, 'find_spec', lambda name: None)
    assert gmac(graph(), 16, 24) is None


def test_the_second_way_serves_where_the_first_can_not_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(multiplications, 'find_spec', lambda name: True)
    monkeypatch.setattr(multiplications, '_by_onnx', lambda *_: None)
    monkeypatch.setattr(multiplications, '_by_openvino', lambda *_: 2_500_000_000)
    assert gmac(b'', 16, 24) == 2.5
