"""The acceptance gate: only what gives what ONNX Runtime gives in fp32 passes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import pytest
from fakes.faults import Spoiler, black, inverted, off_by
from fakes.trt_graph import Graph

from nitedr_ros.engines.check import sample_pairs
from nitedr_ros.engines.model import Model, Variant
from nitedr_ros.engines.tensorrt.gate import Gate, Run
from nitedr_ros.errors import EngineError

SIZE = (32, 48)


def right(model: Model) -> Run:
    graph = Graph(model.read_verified())
    return graph.run


def spoiled(model: Model, spoil: Spoiler, only: str = '', number: int = -1) -> Run:
    """Return what spoils these outputs, '' for all, of the frame of this number, -1 for all."""
    run, ran = right(model), []

    def wrong(inputs: Mapping[str, Any]) -> dict[str, Any]:
        ran.append(inputs)
        outputs = dict(run(inputs))
        for name, image in outputs.items():
            if only in ('', name) and number in (-1, len(ran) - 1):
                outputs[name] = spoil(name, image)
        return outputs

    return wrong


@pytest.fixture
def gate(model: Model) -> Gate:
    return Gate(model, SIZE)


def test_what_is_right_passes(gate: Gate, model: Model) -> None:
    for precision in ('fp32', 'fp16', 'int8'):
        found = gate.judge('the plan', right(model.at(precision)))
        assert (found.mean, found.tail) == (0.0, 0.0)


def test_shows_all_scenes_at_the_size_of_the_plan(gate: Gate, model: Model) -> None:
    seen = []

    def run(inputs: Mapping[str, Any]) -> Any:
        seen.append(inputs)
        return right(model)(inputs)

    gate.judge('the plan', run)
    scenes = sample_pairs(*SIZE)
    assert len(seen) == len(scenes) == 4
    for inputs, (visible, thermal) in zip(seen, scenes, strict=True):
        np.testing.assert_array_equal(inputs['visible'], visible[None])
        np.testing.assert_array_equal(inputs['thermal'], thermal[None])


@pytest.mark.parametrize(
    'spoil, told',
    [
        (black, 'the int8 plan gives a blank fused image'),
        (inverted, 'the int8 plan differs by'),
        (off_by(20), r'differs by 20\.00 grey levels on average, 99.9 % by at most 20; allowed'),
    ],
    ids=['black', 'inverted', 'off by 20'],
)
@pytest.mark.parametrize('number', [-1, 0, 1])
def test_what_is_wrong_in_any_scene_does_not(
    gate: Gate, model: Model, spoil: Spoiler, told: str, number: int
) -> None:
    with pytest.raises(EngineError, match=told) as caught:
        gate.judge('the int8 plan', spoiled(model, spoil, number=number))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('name', ['fused', 'derained'])
def test_either_image_must_be_right(gate: Gate, model: Model, name: str) -> None:
    with pytest.raises(EngineError, match=f'a blank {name} image'):
        gate.judge('the plan', spoiled(model, black, only=name))
    with pytest.raises(EngineError, match='differs by 20'):
        gate.judge('the plan', spoiled(model, off_by(20), only=name))


def test_small_differences_pass_and_are_told(gate: Gate, model: Model) -> None:
    found = gate.judge('the plan', spoiled(model, off_by(1)))
    assert found.mean == pytest.approx(1.0, abs=0.01)
    assert found.tail == 1.0


def test_what_the_plan_raises_goes_through(gate: Gate) -> None:
    def fail(inputs: Mapping[str, Any]) -> Any:
        raise EngineError('no memory')

    with pytest.raises(EngineError, match='no memory'):
        gate.judge('the plan', fail)


def test_the_yardstick_is_the_graph_in_fp32_where_there_is_one(model: Model) -> None:
    folder = model.path.parent
    half = {**model.variants['fp16'].model_dump(), 'precision': 'fp16'}
    alone = model.model_copy(update={**half, 'variants': {}}).located(folder)
    assert Gate(alone, SIZE).judge('the plan', right(alone)).mean == 0.0
    variants = {'fp32': Variant(onnx=model.onnx, sha256=model.sha256)}
    both = model.model_copy(update={**half, 'variants': variants}).located(folder)
    # Nobody reads it.
    (folder / 'fp16.onnx').write_bytes(b'')
    assert Gate(both, SIZE).judge('the plan', right(model)).mean == 0.0


def test_a_yardstick_that_does_not_run_is_told_in_a_line(tiny_model: Model) -> None:
    graph = onnx.load(str(tiny_model.path))
    for image in (*graph.graph.input, *graph.graph.output):
        image.type.tensor_type.shape.dim[1].dim_value = 24
    content = graph.SerializeToString()
    tiny_model.path.write_bytes(content)
    changed = {'sha256': hashlib.sha256(content).hexdigest()}
    other = tiny_model.model_copy(update=changed).located(tiny_model.path.parent)
    with pytest.raises(EngineError, match='ONNX Runtime failed: ') as caught:
        Gate(other, SIZE)
    assert '\n' not in str(caught.value)
