"""Which combinations are measured."""

from __future__ import annotations

from nitedr_ros.bench.combination import RUNNERS, USUAL, Combination, combinations


def test_without_precisions_each_engine_has_its_own() -> None:
    found = combinations(['m'], ['openvino', 'onnxruntime'], (), [(480, 640)])
    assert [(each.engine, each.precision) for each in found] == [
        ('openvino', 'fp32'),
        ('openvino', 'bf16'),
        ('openvino', 'int8'),
        ('onnxruntime', 'fp32'),
    ]


def test_what_is_asked_for_is_kept_whole_also_where_it_is_impossible() -> None:
    found = combinations(
        ['a', 'b'], ['openvino', 'onnxruntime'], ['fp16', 'bf16'], [(8, 16), (16, 8)]
    )
    assert len(found) == len(set(found)) == 16
    assert Combination('a', 'onnxruntime', 'bf16', 16, 8) in found


def test_each_is_measured_once() -> None:
    assert len(combinations(['a', 'a'], ['torch'], ['fp32'], [(8, 8), (8, 8)])) == 1


def test_usual_engines_are_known_and_devices_are_told() -> None:
    assert set(USUAL) <= set(RUNNERS)
    assert Combination('m', 'onnxruntime-cuda', 'fp32', 8, 8).device == 'gpu'
    assert Combination('m', 'onnxruntime', 'fp32', 8, 8).device == 'cpu'
    assert str(Combination('m', 'torch', 'bf16', 480, 640)) == 'm torch bf16 480x640'
