"""Plans that are loaded: what they take and give, and why TensorRT refuses others."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from machines import Machine
from onnx import TensorProto

from nitedr_ros.engines.model import Model
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.builder import BuildSettings, PlanBuilder
from nitedr_ros.engines.tensorrt.plan import Plan, PlanTensor
from nitedr_ros.errors import EngineError

SHAPES = {'visible': (1, 8, 16, 3), 'thermal': (1, 8, 16)}


@pytest.fixture
def machine(trt_machine: Machine) -> Machine:
    return trt_machine


def built(machine: Machine, graph: bytes, precision: str = 'fp32') -> bytes:
    settings = BuildSettings(precision, SHAPES, 64)
    return PlanBuilder(machine.trt).build(graph, settings, Progress()).plan


@pytest.fixture
def content(machine: Machine, model: Model) -> bytes:
    return built(machine, model.read_verified())


def test_says_what_it_takes_and_gives(machine: Machine, content: bytes) -> None:
    plan = Plan(machine.trt, content)
    byte, image = np.dtype(np.uint8), (1, 8, 16, 3)
    assert plan.tensors == (
        PlanTensor('visible', image, byte, is_input=True),
        PlanTensor('thermal', (1, 8, 16), byte, is_input=True),
        PlanTensor('fused', image, byte, is_input=False),
        PlanTensor('derained', image, byte, is_input=False),
    )
    assert [tensor.count for tensor in plan.tensors] == [384, 128, 384, 384]
    assert plan.plan_bytes == len(content)


def test_says_what_a_context_takes(machine: Machine, content: bytes) -> None:
    machine.faults.context_bytes = 4096
    plan = Plan(machine.trt, content)
    assert plan.context_bytes == 4096
    before = machine.device.memory.used
    context = plan.context({})
    assert machine.device.memory.used == before + 4096
    del context
    assert machine.device.memory.used == before


def giving(model: Model, kind: int) -> bytes:
    """Return the model's graph with derained images in another type."""
    graph = onnx.load(str(model.path))
    graph.graph.output[1].type.tensor_type.elem_type = kind
    last = next(node for node in graph.graph.node if node.output[0] == 'derained')
    last.attribute[0].i = kind
    return graph.SerializeToString()


def test_outputs_may_be_numbers_in_fp32(machine: Machine, tiny_model: Model) -> None:
    plan = Plan(machine.trt, built(machine, giving(tiny_model, TensorProto.FLOAT)))
    assert (plan.tensors[-1].dtype, plan.tensors[-1].count) == (np.dtype(np.float32), 4 * 384)


def test_outputs_in_fp16_are_refused(machine: Machine, tiny_model: Model) -> None:
    content = built(machine, giving(tiny_model, TensorProto.FLOAT16), 'fp16')
    with pytest.raises(EngineError, match=r'bytes and fp32 numbers, got DataType\.HALF: export'):
        Plan(machine.trt, content)


@pytest.mark.parametrize('damage', ['cut', 'altered', 'empty', 'garbage'])
def test_a_plan_that_is_not_whole_is_refused(
    machine: Machine, content: bytes, damage: str
) -> None:
    altered = bytearray(content)
    altered[-1] ^= 1
    damaged = {
        'cut': content[: len(content) // 2],
        'altered': bytes(altered),
        'empty': b'',
        'garbage': b'no plan',
    }
    refused = rf'^TensorRT {machine.trt.__version__} refuses the plan: .*Serialization'
    with pytest.raises(EngineError, match=refused) as caught:
        Plan(machine.trt, damaged[damage])
    assert '\n' not in str(caught.value)


def test_a_plan_of_another_gpu_is_refused(machine: Machine, content: bytes) -> None:
    newer = machine.restarted(compute_capability=(8, 9))
    with pytest.raises(EngineError, match=r'expecting compute 8\.9 got compute 8\.7'):
        Plan(newer.trt, content)


def test_a_plan_of_another_version_is_refused(machine: Machine, content: bytes) -> None:
    other = '10.3' if machine.version != '10.3' else '10.16'
    newer = Machine(other, 13, machine.folder, family=machine.family)
    with pytest.raises(EngineError, match=rf'library version {newer.trt.__version__} got'):
        Plan(newer.trt, content)


def test_a_gpu_without_room_is_told(machine: Machine, content: bytes) -> None:
    small = machine.restarted(memory_bytes=256)
    with pytest.raises(EngineError, match=r'refuses the plan: .*OutOfMemory'):
        Plan(small.trt, content)
    machine.faults.context_bytes = 4 << 30
    plan = Plan(machine.trt, content)
    with pytest.raises(EngineError, match=r'expected 4096 MiB of GPU memory .* close other'):
        plan.context({})


def test_memory_that_tensorrt_does_not_take_is_told(machine: Machine, content: bytes) -> None:
    plan = Plan(machine.trt, content)
    with pytest.raises(EngineError, match='the memory for fused, it does not'):
        plan.context({'fused': 257})


def test_lives_without_anything_it_was_made_with(machine: Machine, content: bytes) -> None:
    context = Plan(machine.trt, content).context({})
    # What fails now is logged by a logger that must still be there.
    assert not context.set_tensor_address('unknown', 0)
    assert 'no tensor unknown' in machine.trt._fake.log[-1][1]
