"""Rounds: who runs when, and what becomes of those that fail."""

from __future__ import annotations

import pytest

from nitedr_ros.bench import benchmark
from nitedr_ros.bench.benchmark import ROUNDS, BenchJob, run_benchmark
from nitedr_ros.bench.combination import Combination
from nitedr_ros.bench.memory import Growth
from nitedr_ros.bench.opening import Opened
from nitedr_ros.bench.rates import Rates
from nitedr_ros.bench.report import build_report
from nitedr_ros.bench.tables import figure_tables, refusals
from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.errors import EngineError

SIZE = (16, 16)


class Opener:
    """Hands out engines by the name of their model; a reason where there is none."""

    def __init__(self, engines: dict) -> None:
        self.config = EngineConfig()
        self.engines = engines
        self.models = dict.fromkeys(engines, self)

    def read_verified(self) -> bytes:
        return b''

    def padded(self, height: int, width: int) -> tuple[int, int]:
        return height, width

    def make(self, combination: Combination):
        engine = self.engines.get(combination.model)
        if engine is None:
            raise EngineError(f'no {combination.model} in {combination.precision}')
        return engine

    def open(self, combination, scenes, right):
        return Opened(combination, self.make(combination), Growth(), None)


class Probe:
    """Knows the rates; the second time they are better."""

    def __init__(self, precision: str, threads: int) -> None:
        self.asked = []

    def measure(self, seconds: float) -> Rates:
        self.asked.append(seconds)
        return Rates(1e9, 2e9, 1e9 * len(self.asked))


@pytest.fixture(autouse=True)
def _probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, 'CpuProbe', Probe)
    monkeypatch.setattr(benchmark, 'gmac', lambda graph, height, width: 0.005)


def job(*models: str, beside: str | None = None, seconds: float = 1.0) -> BenchJob:
    combined = [Combination(model, 'onnxruntime', 'fp32', *SIZE) for model in models]
    return BenchJob(combined, seconds, beside=beside)


def noting(engine, name: str, seen: list[str]):
    infer = engine.infer
    engine.infer = lambda *pair: (seen.append(name), infer(*pair))[1]
    return engine


def test_combinations_take_turns(clock, paced) -> None:
    seen: list[str] = []
    # Binary fractions add up exactly: two of them are more than a turn's 0.2 s.
    engines = {name: noting(paced([0.125]), name, seen) for name in ('a', 'b')}
    told = []
    found = run_benchmark(
        job('a', 'b'), Opener(engines), on_progress=lambda done, total: told.append((done, total))
    )
    order = [name for place, name in enumerate(seen) if place == 0 or seen[place - 1] != name]
    # First the yardsticks are made.
    assert order == ['a', 'b'] * (1 + ROUNDS)
    for each in found.measurements:
        assert each.sequential.frames == 2 * ROUNDS
        assert each.sequential.seconds == pytest.approx(1.25)
    steps = 2 * (1 + ROUNDS)
    assert told == [(done, steps) for done in range(1, steps + 1)]


def test_rates_are_the_best_of_all_rounds(clock, paced) -> None:
    found = run_benchmark(job('a'), Opener({'a': paced([0.1])}))
    assert found.rates == {('cpu', 'fp32'): Rates(1e9, 2e9, ROUNDS * 1e9)}


def test_what_can_not_be_opened_or_fails_is_kept_with_the_reason(clock, paced) -> None:
    engines = {'a': paced([0.1]), 'breaks': paced([0.1])}
    engines['breaks'].fails_after = 11
    found = run_benchmark(job('a', 'missing', 'breaks'), Opener(engines))
    assert [each.opened.combination.model for each in found.measurements] == ['a']
    assert {each.combination.model: each.reason for each in found.refused} == {
        'missing': 'no missing in fp32',
        'breaks': 'failed while it was measured: the engine broke',
    }


def test_the_published_networks_run_one_frame_of_each_size(clock, paced) -> None:
    published = paced([40.0])
    combined = [Combination('a', 'onnxruntime', 'fp32', *size) for size in (SIZE, (8, 24))]
    opener = Opener({'a': paced([0.1])})
    found = run_benchmark(BenchJob(combined, 1.0), opener, load_published=lambda: published)
    assert published.frames == 2
    assert {size: each.seconds for size, each in found.published.items()} == {
        SIZE: pytest.approx(40.0),
        (8, 24): pytest.approx(40.0),
    }
    report = build_report(BenchJob(combined, 1.0), found, EngineConfig(), {}, [])
    assert [each['published'] for each in report['results']] == [
        {'times': pytest.approx(400.0, rel=1e-3), 'times_at_p99': pytest.approx(400.0, rel=1e-3)}
    ] * 2


def test_a_report_of_known_figures(clock, paced, queued) -> None:
    engines = {'a': paced([0.1]), 'q': queued([0.05])}
    wanted = job('a', 'q', 'missing')
    found = run_benchmark(wanted, Opener(engines))
    report = build_report(wanted, found, EngineConfig(), {'cpu': 'x'}, ['a note'])
    slow, quick = report['results']
    assert slow['latency']['frame']['p50_ms'] == pytest.approx(100.0, rel=1e-3)
    assert slow['latency']['runtime']['p50_ms'] == pytest.approx(50.0, rel=1e-3)
    assert slow['frames_per_second'] == {'sequential': 10.0, 'pipelined': None, 'depth': None}
    assert quick['frames_per_second'] == {'sequential': 20.0, 'pipelined': 20.0, 'depth': 2}
    # 16 x 16 pixels, 4 bytes in at 1e9 a second, 6 bytes out at 2e9; 5e6 products at 5e9.
    floor = slow['floor']
    assert (floor['gmac'], floor['compute_ms']) == (0.005, 1.0)
    assert floor['copy_in_ms'] == pytest.approx(1.024e-3, abs=1e-4)
    assert floor['copy_out_ms'] == pytest.approx(0.768e-3, abs=1e-4)
    assert (floor['limit'], floor['floor_ms']) == ('compute', 1.0)
    assert floor['share'] == pytest.approx(0.01, rel=1e-3)
    assert quick['floor']['share'] == pytest.approx(0.02, rel=1e-3)
    assert report['refused'][0]['reason'] == 'no missing in fp32'
    assert report['notes'] == ['a note']
    titles = [table.title for table in figure_tables(report)]
    assert titles[:2] == ['Images in to images out, 16x16', 'Stages of a frame, 16x16']
    assert refusals(report) == ['missing 16x16 by onnxruntime in fp32: no missing in fp32']


def test_a_rate_that_was_measured_too_low_is_told_of(clock, paced) -> None:
    # Products take a millisecond at the rate that was measured.
    wanted = job('a', seconds=1e-5)
    found = run_benchmark(wanted, Opener({'a': paced([1e-7])}))
    report = build_report(wanted, found, EngineConfig(), {}, [])
    assert report['results'][0]['floor']['share'] > 1
    assert 'measure again on an idle machine' in report['notes'][0]


def test_without_a_neighbour_for_an_engine_the_rest_is_measured(clock, paced) -> None:
    found = run_benchmark(job('a', beside='missing'), Opener({'a': paced([0.1])}))
    assert found.measurements[0].beside is None
    assert [each.reason for each in found.neighbours] == ['no missing in fp32']
