"""What engines do in their turns is added up rightly."""

from __future__ import annotations

import pytest

from nitedr_ros.bench.energy import EnergyMeter
from nitedr_ros.bench.turns import FRAME, RUNTIME, PipelinedTurn, SequentialTurn


def test_the_first_frame_of_a_turn_is_not_timed(clock, scene, paced) -> None:
    engine = paced([9.0, 0.25, 0.25, 0.25, 0.25])
    turn = SequentialTurn(engine, [scene])
    turn.take(1.0)
    assert (turn.frames, engine.frames) == (4, 5)
    assert turn.seconds == pytest.approx(1.0)
    assert turn.frames_per_second == pytest.approx(4.0)
    assert turn.clock.summaries()[FRAME].max_ms == pytest.approx(250.0)


def test_percentiles_of_known_durations(clock, scene, paced) -> None:
    # 1, 2, ... 101 ms: percentiles fall on whole milliseconds.
    engine = paced([0.0, *(1e-3 * n for n in range(1, 102))])
    turn = SequentialTurn(engine, [scene])
    turn.take(1e-3 * sum(range(1, 102)) - 1e-6)
    figures = turn.clock.summaries()
    assert figures[FRAME].count == 101
    for stage, share in ((FRAME, 1.0), (RUNTIME, 0.5), ('copy_in', 0.25), ('infer', 0.5)):
        found = figures[stage]
        assert found.p50_ms == pytest.approx(share * 51, rel=1e-5)
        assert found.p95_ms == pytest.approx(share * 96, rel=1e-5)
        assert found.p99_ms == pytest.approx(share * 100, rel=1e-5)


def test_a_slow_engine_runs_a_frame_in_each_turn(clock, scene, paced) -> None:
    turn = SequentialTurn(paced([7.0]), [scene])
    for _ in range(3):
        turn.take(1.0)
    assert turn.frames == 3
    assert turn.seconds == pytest.approx(21.0)


def test_scenes_take_turns(clock, scene, paced) -> None:
    visible, thermal = scene
    seen = []
    engine = paced([0.1])
    infer = engine.infer
    engine.infer = lambda *pair: (seen.append(int(pair[0].max())), infer(*pair))[1]
    SequentialTurn(engine, [(visible, thermal), (visible + 1, thermal)]).take(0.35)
    assert seen == [50, 51, 50, 51, 50]


def test_energy_is_that_of_the_timed_frames(clock, scene, paced) -> None:
    class Gpu:
        def joules(self) -> float:
            return 20.0 * clock.now

    meter = EnergyMeter(Gpu(), None)
    on_gpu = SequentialTurn(paced([5.0, 0.5, 0.5]), [scene], meter, 'gpu')
    on_gpu.take(1.0)
    assert on_gpu.joules == pytest.approx(20.0)
    on_cpu = SequentialTurn(paced([0.5]), [scene], meter, 'cpu')
    on_cpu.take(1.0)
    assert on_cpu.joules is None


def test_a_pipeline_is_kept_full_and_emptied(clock, scene, queued) -> None:
    engine = queued([0.25])
    turn = PipelinedTurn(engine, [scene])
    for _ in range(2):
        turn.take(1.0)
    assert engine.most == turn.depth == 2
    # 4 frames in the second, and those that are under way at its end; each turn warms up by one.
    assert turn.frames == 12
    assert engine.frames == 14
    assert turn.frames_per_second == pytest.approx(4.0)
    engine.infer(*scene)
