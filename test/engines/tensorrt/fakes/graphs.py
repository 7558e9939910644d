"""ONNX graphs with the inputs and outputs of a model, whose results are known."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import TensorProto, helper

SHAPES = {'visible': (1, 8, 16, 3), 'thermal': (1, 8, 16)}


def graph(
    *,
    middle: int = TensorProto.FLOAT,
    transpose_first: bool = False,
    quantised: bool = False,
    sides: tuple[Any, Any] = (8, 16),
) -> bytes:
    """Return derained = visible + 1, with thermal unused but for fused = derained + thermal."""
    image, levels = [1, *sides, 3], [1, *sides]
    inputs = [
        helper.make_tensor_value_info('visible', TensorProto.UINT8, image),
        helper.make_tensor_value_info('thermal', TensorProto.UINT8, levels),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, image)
        for name in ('fused', 'derained')
    ]
    one = helper.make_tensor('one', middle, [], [1])
    last = helper.make_tensor('last', TensorProto.INT64, [1], [3])
    nodes = [
        helper.make_node('Cast', ['visible'], ['rgb'], to=middle),
        helper.make_node('Cast', ['thermal'], ['heat'], to=middle),
        helper.make_node('Unsqueeze', ['heat', 'last'], ['heats']),
        helper.make_node('Add', ['rgb', 'one'], ['brighter'], name='brighten'),
        helper.make_node('Add', ['brighter', 'heats'], ['sum']),
        helper.make_node('Cast', ['brighter'], ['derained'], to=TensorProto.UINT8),
        helper.make_node('Cast', ['sum'], ['fused'], to=TensorProto.UINT8),
    ]
    constants = [one, last]
    if transpose_first:
        nodes[0] = helper.make_node('Cast', ['turned'], ['rgb'], to=middle)
        nodes.insert(0, helper.make_node('Identity', ['visible'], ['turned']))
    if quantised:
        constants += [
            helper.make_tensor('scale', TensorProto.FLOAT, [], [1.0]),
            helper.make_tensor('zero', TensorProto.INT8, [], [0]),
        ]
        nodes[3:3] = [
            helper.make_node('QuantizeLinear', ['rgb', 'scale', 'zero'], ['small']),
            helper.make_node('DequantizeLinear', ['small', 'scale', 'zero'], ['large']),
        ]
        nodes[5] = helper.make_node('Add', ['large', 'one'], ['brighter'], name='brighten')
    made = helper.make_model(
        helper.make_graph(nodes, 'g', inputs, outputs, constants),
        opset_imports=[helper.make_opsetid('', 17)],
        ir_version=8,
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())
