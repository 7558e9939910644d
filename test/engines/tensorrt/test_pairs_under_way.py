"""Two pairs may be under way at once; they come out in their order."""

from __future__ import annotations

import numpy as np
import pytest
from machines import Machine, assert_same, by_onnxruntime

from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError


def scene(seed: int, height: int = 32) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = (height, 48)
    return rng.integers(0, 256, (*shape, 3), np.uint8), rng.integers(0, 256, shape, np.uint8)


def test_come_out_in_their_order(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    engine.submit(*scene(0))
    for seed in range(1, 6):
        engine.submit(*scene(seed))
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed - 1)))
    assert_same(engine.collect(), by_onnxruntime(model, scene(5)))


def test_of_several_sizes_come_out_in_their_order(newest: Machine, model: Model) -> None:
    engine = newest.engine(model)
    heights = (32, 40, 48, 56, 32, 40)
    engine.submit(*scene(0, heights[0]))
    for seed in range(1, 6):
        engine.submit(*scene(seed, heights[seed]))
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed - 1, heights[seed - 1])))
    assert_same(engine.collect(), by_onnxruntime(model, scene(5, heights[5])))
    # Sizes make room, although there was always a pair under way.
    assert len(engine._loaded) == 2


def test_a_plan_makes_no_room_while_a_pair_is_under_way(machine: Machine, model: Model) -> None:
    # With a limit one plan is kept.
    engine = machine.engine(model, gpu_memory_mb=64)
    for seed, height in enumerate((32, 40)):
        engine.submit(*scene(seed, height))
    for seed, height in enumerate((32, 40)):
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed, height)))
    engine.infer(*scene(2, 48))
    assert len(engine._loaded) == 1


def test_images_may_be_changed_at_once_and_results_stay(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    visible, thermal = scene(1)
    expected = by_onnxruntime(model, (visible, thermal))
    engine.submit(visible, thermal)
    visible[:], thermal[:] = 0, 0
    first = engine.collect()
    engine.infer(*scene(2))
    assert_same(first, expected)
    assert first.fused.flags.owndata
    assert first.derained.flags.owndata


def test_once_both_have_been_under_way_nothing_more_is_allocated(
    machine: Machine, model: Model
) -> None:
    engine = machine.engine(model)
    for seed in range(2):
        engine.submit(*scene(seed))
    made = machine.device.allocations
    for seed in range(2, 8):
        engine.collect()
        engine.submit(*scene(seed))
    assert machine.device.allocations == made
    engine.collect()
    assert_same(engine.collect(), by_onnxruntime(model, scene(7)))


def test_stages_are_told_and_add_up(machine: Machine, model: Model) -> None:
    result = machine.engine(model).infer(*scene(1))
    assert list(result.stages) == ['copy_in', 'infer', 'copy_out']
    assert min(result.stages.values()) >= 0
    assert result.seconds == pytest.approx(sum(result.stages.values()))


def test_too_many_or_none_under_way_is_the_callers_mistake(newest: Machine, model: Model) -> None:
    engine = newest.engine(model)
    with pytest.raises(ValueError, match='none is submitted'):
        engine.collect()
    for seed in range(engine.depth):
        engine.submit(*scene(seed))
    with pytest.raises(ValueError, match='at most 2 pairs under way'):
        engine.submit(*scene(2))
    for seed in range(engine.depth):
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed)))


def test_one_that_fails_is_no_longer_under_way(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    for seed in range(2):
        engine.submit(*scene(seed))
    machine.device.fail('cudaStreamSynchronize', 'cudaErrorUnknown')
    with pytest.raises(EngineError, match='cudaStreamSynchronize failed'):
        engine.collect()
    engine.submit(*scene(2))
    for seed in (1, 2):
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed)))


def test_one_that_can_not_begin_is_not_under_way(machine: Machine, model: Model) -> None:
    engine = machine.engine(model)
    engine.submit(*scene(0))
    machine.device.fail('cudaMalloc', 'cudaErrorMemoryAllocation')
    with pytest.raises(EngineError, match='out of memory'):
        engine.submit(*scene(1))
    machine.device.fail('cudaGraphLaunch', 'cudaErrorUnknown')
    with pytest.raises(EngineError, match='cudaGraphLaunch failed'):
        engine.submit(*scene(1))
    engine.submit(*scene(2))
    for seed in (0, 2):
        assert_same(engine.collect(), by_onnxruntime(model, scene(seed)))
