"""The worker of a live node, with the real pipeline, on a clock that the test moves."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.config.schema import Config, ModesConfig, NodeConfig
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.node.inbox import IMAGES_KEPT
from nitedr_ros.node.worker import CATCH_UP_NS, SETS_KEPT, SNAPSHOT_NS, Worker
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import FAILED
from nitedr_ros.pipeline.status import OK, Status

MS = 1_000_000
TIMEOUT_S = 60.0
VISIBLE, THERMAL = Sensor


class SteadyClock:
    """Stands for time.monotonic_ns; moves only when told to."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000 * MS

    def __call__(self) -> int:
        return self.now_ns

    def pass_ms(self, milliseconds: float) -> None:
        self.now_ns += round(milliseconds * MS)


class GatedEngine(Engine):
    """Takes `cost_ms` for each pair, by the test's clock, and waits where the gate is shut."""

    def __init__(self, clock: SteadyClock) -> None:
        self.clock = clock
        self.cost_ms = 0.0
        self.levels: list[int] = []
        self.warmed: list[tuple[int, int]] = []
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('gated', 'uint8', 'test', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        self.warmed.append((height, width))

    def infer(self, visible: Image, thermal: Image) -> Inference:
        self.levels.append(int(visible[0, 0, 0]))
        self.entered.release()
        assert self.gate.wait(TIMEOUT_S)
        self.clock.pass_ms(self.cost_ms)
        return Inference(visible + 2, visible + 1, 0.001)


class Audience:
    """Wants what the test says and keeps what it gets."""

    def __init__(self) -> None:
        self.anything = True
        self.restored = True
        self.got: list[tuple[Output, Status, int, bool]] = []
        self.fault: Callable[[], None] = lambda: None

    def wants_anything(self) -> bool:
        return self.anything

    def wants_restored(self) -> bool:
        return self.restored

    def deliver(self, output: Output, status: Status, arrival_ns: int, *, restored: bool) -> None:
        self.fault()
        self.got.append((output, status, arrival_ns, restored))

    @property
    def levels(self) -> list[int]:
        """By which visible image each output was made."""
        return [int(output.visible[0, 0, 0]) for output, *_ in self.got]


def image(sensor: Sensor, stamp_ms: int, level: int) -> SimpleNamespace:
    """A sensor_msgs/Image look-alike of one grey level."""
    seconds, milliseconds = divmod(1_700_000_000_000 + stamp_ms, 1000)
    visible = sensor is VISIBLE
    pixels = np.full((16, 24, 3) if visible else (8, 12), level, np.uint8)
    return SimpleNamespace(
        header=SimpleNamespace(
            stamp=SimpleNamespace(sec=seconds, nanosec=milliseconds * MS),
            frame_id=f'{sensor.value}_optical_frame',
        ),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding='rgb8' if visible else 'mono8',
        is_bigendian=0,
        step=pixels.strides[0],
        data=pixels.reshape(-1),
    )


class Bench:
    """A worker with all that is around it."""

    def __init__(self, clock: SteadyClock) -> None:
        self.clock = clock
        self.engine = GatedEngine(clock)
        self.audience = Audience()
        self.errors: list[Exception] = []
        # One pair is as good as another here: no mode has to be left slowly.
        config = Config(modes=ModesConfig(recover_after=1))
        self.pipeline = Pipeline(config, self.engine)
        self.worker = Worker(
            self.pipeline, self.audience, NodeConfig(max_age_ms=0.0), self.errors.append
        )
        self.worker.active = True
        self._numbers = itertools.count()

    def pair(self) -> int:
        """Put a thermal and a visible image of one stamp; return the level of the visible one."""
        number = next(self._numbers)
        self.worker.inbox.put_image(THERMAL, image(THERMAL, 33 * number, 100 + number % 2))
        self.worker.inbox.put_image(VISIBLE, image(VISIBLE, 33 * number, number))
        return number

    def settle_intake(self) -> None:
        """Wait until all that was put is taken in, and what is ready waits for the engine."""
        # A task runs before what is ready is handed on; the next one, after it.
        for _ in range(2):
            reached = threading.Event()
            self.worker.inbox.put_task(lambda pipeline, reached=reached: reached.set())
            assert reached.wait(TIMEOUT_S)

    def settle(self) -> None:
        """Wait until all that was put is done with."""
        self.settle_intake()
        # The engine is made ready for another size only when nothing waits for it.
        idle, whole = threading.Event(), self.pipeline.warm_up
        self.pipeline.warm_up = lambda height, width: idle.set()
        for _ in range(600):
            self.worker.expect(0, 0)
            if idle.wait(0.1):
                break
        assert idle.is_set()
        self.pipeline.warm_up = whole

    def put_while_busy(self, count: int, busy_ms: float) -> None:
        """Put pairs while the engine is at an earlier one for so long, then let all be done."""
        self.engine.entered = threading.Semaphore(0)
        self.engine.gate.clear()
        self.pair()
        assert self.engine.entered.acquire(timeout=TIMEOUT_S)
        for number in range(count):
            self.pair()
            if number % 8 == 7:
                # The inbox has room for so many images only.
                self.settle_intake()
        self.settle_intake()
        self.clock.pass_ms(busy_ms)
        self.engine.gate.set()
        self.settle()

    def check_accounts(self) -> None:
        """Every image that came is served or dropped, once all that waits is decided."""
        self.worker.inbox.put_task(lambda pipeline: pipeline.finish())
        self.settle()
        statistics = self.pipeline.statistics
        for sensor in Sensor:
            dropped = statistics.dropped_total(sensor)
            assert statistics.received[sensor] == statistics.served[sensor] + dropped


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteadyClock:
    made = SteadyClock()
    monkeypatch.setattr(time, 'monotonic_ns', made)
    return made


@pytest.fixture
def bench(clock: SteadyClock) -> Iterator[Bench]:
    made = Bench(clock)
    made.worker.start()
    yield made
    made.engine.gate.set()
    assert made.worker.stop(TIMEOUT_S)


def test_a_pair_comes_out_as_the_engine_made_it(bench: Bench) -> None:
    arrival_ns = bench.clock.now_ns
    level = bench.pair()
    bench.settle()
    ((output, status, arrived_ns, restored),) = bench.audience.got
    assert output.mode is Mode.FULL
    assert (output.fused == level + 2).all()
    assert (status.level, status.values['mode']) == (OK, 'full')
    assert arrived_ns == arrival_ns
    assert restored
    assert bench.errors == []
    bench.check_accounts()


def test_a_quick_engine_gets_every_frame(bench: Bench) -> None:
    for _ in range(10):
        bench.pair()
        bench.settle()
    assert bench.audience.levels == list(range(10))
    assert bench.pipeline.statistics.dropped_total(VISIBLE) == 0
    bench.check_accounts()


def test_after_a_hiccup_a_quick_engine_catches_up(bench: Bench) -> None:
    bench.put_while_busy(5, busy_ms=0)
    assert bench.audience.levels == [0, 1, 2, 3, 4, 5]
    bench.check_accounts()


def test_while_a_slow_engine_works_the_newest_wins(bench: Bench) -> None:
    bench.put_while_busy(5, busy_ms=120)
    assert bench.engine.levels == bench.audience.levels == [0, 5]
    statistics = bench.pipeline.statistics
    assert statistics.drops_of(VISIBLE) == {'overtaken': 4}
    bench.check_accounts()
    assert statistics.drops_of(THERMAL) == {'overtaken': 4}
    assert statistics.received == {VISIBLE: 6, THERMAL: 6}
    assert statistics.served == {VISIBLE: 2, THERMAL: 2}


def test_every_frame_is_made_where_the_newest_is_not_to_win(bench: Bench) -> None:
    bench.worker.config = NodeConfig(max_age_ms=0.0, newest_wins=False)
    bench.put_while_busy(5, busy_ms=120)
    assert bench.audience.levels == [0, 1, 2, 3, 4, 5]
    assert bench.pipeline.statistics.dropped_total(VISIBLE) == 0
    bench.check_accounts()


@pytest.mark.parametrize(('cost_ms', 'made'), [(4.0, [0, 1, 2, 3, 4]), (30.0, [0, 4])])
def test_what_waits_is_worked_off_only_where_that_takes_no_time(
    bench: Bench, cost_ms: float, made: list[int]
) -> None:
    bench.engine.cost_ms = cost_ms
    assert (4 * cost_ms * MS <= CATCH_UP_NS) == (len(made) == 5)
    for _ in range(30):
        bench.pair()
        bench.settle()
    done = len(bench.audience.levels)
    bench.put_while_busy(4, busy_ms=0)
    assert bench.audience.levels[done:] == [30 + number for number in made]
    assert bench.pipeline.statistics.drops[VISIBLE, 'overtaken'] == 5 - len(made)
    bench.check_accounts()


@pytest.mark.parametrize(
    ('max_age_ms', 'waits_ms', 'stale'),
    [(250.0, 250, 0), (250.0, 251, 1), (60.0, 61, 1), (0.0, 20_000, 0)],
)
def test_a_frame_that_arrived_too_long_ago_is_dropped(
    bench: Bench, max_age_ms: float, waits_ms: float, stale: int
) -> None:
    bench.worker.config = NodeConfig(max_age_ms=max_age_ms)
    bench.put_while_busy(1, busy_ms=waits_ms)
    assert bench.audience.levels == [0, 1][: 2 - stale]
    statistics = bench.pipeline.statistics
    assert statistics.drops[VISIBLE, 'stale'] == stale
    bench.check_accounts()
    assert statistics.drops[THERMAL, 'stale'] == stale


def test_what_nobody_wants_is_not_made(bench: Bench) -> None:
    bench.audience.anything = False
    bench.pair()
    bench.settle()
    assert bench.engine.levels == []
    assert bench.audience.got == []
    assert bench.pipeline.statistics.drops_of(VISIBLE) == {'unwanted': 1}
    bench.audience.anything = True
    bench.pair()
    bench.settle()
    assert bench.audience.levels == [1]
    bench.check_accounts()


def test_a_node_that_is_not_active_makes_nothing(bench: Bench) -> None:
    bench.worker.active = False
    bench.pair()
    bench.settle()
    assert bench.engine.levels == []
    assert bench.pipeline.statistics.drops_of(VISIBLE) == {'unwanted': 1}
    bench.check_accounts()
    assert bench.pipeline.statistics.drops_of(THERMAL) == {'unwanted': 1}


def test_the_engine_rests_where_nobody_wants_its_images(bench: Bench) -> None:
    bench.audience.restored = False
    level = bench.pair()
    bench.settle()
    ((output, _, _, restored),) = bench.audience.got
    assert bench.engine.levels == []
    assert not restored
    assert (output.thermal_registered == 100).all()
    assert (output.fused == level).all()
    bench.check_accounts()


def test_images_are_taken_in_while_the_engine_works(bench: Bench) -> None:
    bench.engine.gate.clear()
    bench.pair()
    assert bench.engine.entered.acquire(timeout=TIMEOUT_S)
    bench.pair()
    bench.settle_intake()
    assert bench.pipeline.statistics.received == {VISIBLE: 2, THERMAL: 2}
    assert bench.audience.got == []
    bench.engine.gate.set()
    bench.settle()
    assert bench.audience.levels == [0, 1]


def test_only_so_many_frame_sets_wait_for_the_engine(bench: Bench) -> None:
    bench.put_while_busy(SETS_KEPT + 8, busy_ms=0)
    assert bench.audience.levels == [0, *range(9, SETS_KEPT + 9)]
    statistics = bench.pipeline.statistics
    assert statistics.drops_of(VISIBLE) == {'overtaken': 8}
    bench.check_accounts()
    assert statistics.drops_of(THERMAL) == {'overtaken': 8}


def test_images_that_found_no_room_are_counted(bench: Bench) -> None:
    begun, gate = threading.Event(), threading.Event()

    def hold(pipeline: Pipeline) -> None:
        begun.set()
        assert gate.wait(TIMEOUT_S)

    bench.worker.inbox.put_task(hold)
    assert begun.wait(TIMEOUT_S)
    for _ in range(IMAGES_KEPT + 8):
        bench.pair()
    gate.set()
    bench.settle()
    statistics = bench.pipeline.statistics
    assert statistics.drops_of(VISIBLE) == statistics.drops_of(THERMAL) == {'overtaken': 8}
    assert statistics.received == {VISIBLE: IMAGES_KEPT + 8, THERMAL: IMAGES_KEPT + 8}
    assert bench.audience.levels == list(range(8, IMAGES_KEPT + 8))
    bench.check_accounts()


def test_the_engine_is_made_ready_for_a_size_that_is_expected(bench: Bench) -> None:
    bench.worker.expect(16, 24)
    bench.settle()
    assert bench.engine.warmed == [(16, 24)]
    bench.pair()
    bench.settle()
    assert bench.engine.warmed == [(16, 24)]
    assert bench.audience.levels == [0]


def test_a_lone_visible_frame_goes_out_when_its_time_is_up(bench: Bench) -> None:
    bench.pair()
    bench.settle()
    # Later than the pair by so much that no thermal frame of before serves it.
    bench.worker.inbox.put_image(VISIBLE, image(VISIBLE, 400, 77))
    bench.settle()
    assert bench.audience.levels == [0]
    deadline_ns = bench.pipeline.next_deadline_ns
    assert deadline_ns == bench.clock.now_ns + 20 * MS
    bench.clock.pass_ms(20)
    bench.settle()
    assert bench.audience.levels == [0, 77]
    assert bench.audience.got[1][0].mode is Mode.VISIBLE_ONLY


def test_an_image_that_can_not_be_understood_costs_only_itself(bench: Bench) -> None:
    bench.worker.inbox.put_image(VISIBLE, image(THERMAL, 0, 0))
    bench.worker.inbox.put_image(VISIBLE, SimpleNamespace())
    bench.pair()
    bench.settle()
    assert bench.errors == []
    assert bench.audience.levels[-1] == 0
    assert bench.pipeline.statistics.drops[VISIBLE, 'undecodable'] == 1


def test_a_task_runs_between_images_on_the_pipeline(bench: Bench) -> None:
    other = GatedEngine(bench.clock)
    bench.pair()
    bench.settle()
    bench.worker.inbox.put_task(lambda pipeline: pipeline.use_engine(other))
    bench.pair()
    bench.settle()
    assert (bench.engine.levels, other.levels) == ([0], [1])


def test_the_frame_at_hand_stays_with_the_engine_that_has_it(bench: Bench) -> None:
    other = GatedEngine(bench.clock)
    bench.engine.gate.clear()
    bench.pair()
    assert bench.engine.entered.acquire(timeout=TIMEOUT_S)
    bench.worker.inbox.put_task(lambda pipeline: pipeline.use_engine(other))
    bench.pair()
    bench.settle_intake()
    bench.engine.gate.set()
    bench.settle()
    assert (bench.engine.levels, other.levels) == ([0], [1])
    assert bench.audience.levels == [0, 1]
    assert other.warmed == [(16, 24)]
    bench.check_accounts()


def raise_fault(*_: object) -> None:
    raise RuntimeError('a fault of the program')


def break_task(bench: Bench) -> None:
    bench.worker.inbox.put_task(raise_fault)


def break_delivery(bench: Bench) -> None:
    bench.audience.fault = raise_fault
    bench.pair()
    bench.settle()
    bench.audience.fault = lambda: None


@pytest.mark.parametrize('break_step', [break_task, break_delivery])
def test_a_fault_is_told_and_survived(bench: Bench, break_step: Callable[[Bench], None]) -> None:
    break_step(bench)
    last = bench.pair()
    bench.settle()
    assert [str(error) for error in bench.errors] == ['a fault of the program']
    assert bench.audience.levels[-1] == last
    bench.check_accounts()


def test_a_fault_in_the_pairing_is_survived_too(bench: Bench) -> None:
    whole = bench.pipeline.advance
    bench.pipeline.advance = raise_fault
    bench.settle()
    bench.pipeline.advance = whole
    assert bench.errors
    last = bench.pair()
    bench.settle()
    assert bench.audience.levels == [last]


def test_a_fault_with_one_frame_set_leaves_the_others(bench: Bench) -> None:
    whole, calls = bench.pipeline.prepare, itertools.count()

    def prepare(frame_set: FrameSet) -> object:
        if next(calls) == 1:
            raise_fault()
        return whole(frame_set)

    bench.pipeline.prepare = prepare
    bench.put_while_busy(2, busy_ms=0)
    assert bench.audience.levels == [0, 2]
    assert len(bench.errors) == 1
    assert bench.pipeline.statistics.drops[Sensor.VISIBLE, FAILED] == 1


def test_it_stops_when_nothing_comes(clock: SteadyClock) -> None:
    bench = Bench(clock)
    bench.worker.start()
    bench.settle()
    assert bench.worker.stop(TIMEOUT_S)


def test_stopping_waits_for_the_frame_at_hand_only_so_long(bench: Bench) -> None:
    bench.engine.gate.clear()
    bench.pair()
    assert bench.engine.entered.acquire(timeout=TIMEOUT_S)
    since_ns = bench.worker.busy_since_ns
    assert since_ns == bench.clock.now_ns
    bench.pair()
    assert not bench.worker.stop(0.02)
    bench.engine.gate.set()
    assert bench.worker.stop(TIMEOUT_S)
    assert bench.engine.levels == [0]


def test_faults_while_it_stops_are_not_told(bench: Bench) -> None:
    bench.engine.gate.clear()
    bench.pair()
    assert bench.engine.entered.acquire(timeout=TIMEOUT_S)
    # As a publisher does that is withdrawn meanwhile.
    bench.audience.fault = raise_fault
    assert not bench.worker.stop(0.0)
    bench.engine.gate.set()
    assert bench.worker.stop(TIMEOUT_S)
    assert bench.errors == []


def test_the_snapshot_tells_how_things_stand(bench: Bench) -> None:
    bench.settle()
    first = bench.worker.snapshot
    assert (first.status, first.size, first.outputs) == (None, None, 0)
    bench.pair()
    bench.settle()
    assert bench.worker.snapshot is first
    bench.clock.pass_ms(SNAPSHOT_NS / MS)
    bench.settle()
    snapshot = bench.worker.snapshot
    assert snapshot.taken_ns == bench.clock.now_ns
    assert (snapshot.outputs, snapshot.size, snapshot.rejections) == (1, (16, 24), ())
    assert snapshot.status is not None
    assert (snapshot.status.level, snapshot.status.values['outputs']) == (OK, '1')


def test_the_age_at_delivery_is_noted(bench: Bench) -> None:
    bench.put_while_busy(0, busy_ms=70)
    age = bench.pipeline.clock.series['age']
    assert age.count == 1
    assert age.milliseconds() == pytest.approx([70.0])
