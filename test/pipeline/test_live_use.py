"""What only a live node asks of the pipeline: deadlines, frames skipped, an engine left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config, ModesConfig
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import pipeline_status
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.statistics import OVERTAKEN, STALE, UNWANTED
from nitedr_ros.pipeline.status import ERROR, OK, WARN

MS = 1_000_000
START_MS = 1_700_000_000_000
VISIBLE, THERMAL = Sensor


def offer(pipeline, messages, sensor, stamp_ms, arrival_ms=None, level=90) -> None:
    make = messages.visible if sensor is VISIBLE else messages.thermal
    arrival_ms = stamp_ms if arrival_ms is None else arrival_ms
    pipeline.offer(sensor, make(START_MS + stamp_ms, level), (START_MS + arrival_ms) * MS)


def offer_pairs(pipeline, messages, stamps) -> None:
    for number, stamp in enumerate(stamps):
        offer(pipeline, messages, THERMAL, stamp, level=90 + number % 2)
        offer(pipeline, messages, VISIBLE, stamp)


def balance(pipeline: Pipeline, sensor: Sensor) -> int:
    """Frames that are still held."""
    statistics = pipeline.statistics
    accounted = statistics.served[sensor] + statistics.dropped_total(sensor)
    return statistics.received[sensor] - accounted


def test_the_deadline_is_when_waiting_for_a_better_thermal_frame_ends(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    assert pipeline.next_deadline_ns is None
    offer(pipeline, messages, VISIBLE, 10, 17)
    assert pipeline.next_deadline_ns == (START_MS + 37) * MS
    assert not list(pipeline.ready())
    pipeline.advance(pipeline.next_deadline_ns)
    (frame_set,) = pipeline.ready()
    assert frame_set.arrival_ns == (START_MS + 17) * MS


def test_a_frame_set_says_when_its_main_frame_arrived(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    offer(pipeline, messages, THERMAL, 8, 15)
    offer(pipeline, messages, VISIBLE, 10, 17)
    for number in range(1, 8):
        offer(pipeline, messages, THERMAL, 8 + 111 * number, 15 + 111 * number)
    pair, *alone = pipeline.ready()
    assert pair.arrival_ns == (START_MS + 17) * MS
    assert alone
    for frame_set in alone:
        assert frame_set.visible is None
        assert frame_set.arrival_ns == frame_set.thermal.stamp_ns + 7 * MS


def test_without_restoring_the_engine_rests_and_mode_and_registration_stay(
    engine, messages
) -> None:
    pipeline = Pipeline(load_config(None, {'geometry.full_size_output': True}), engine)
    offer_pairs(pipeline, messages, [0, 33])
    offer(pipeline, messages, VISIBLE, 400)
    pipeline.finish()
    outputs = [pipeline.process(s, restore=False) for s in pipeline.ready()]
    assert [output.mode for output in outputs] == [Mode.FULL, Mode.FULL, Mode.VISIBLE_ONLY]
    assert [output.reason for output in outputs] == ['', '', 'no thermal frame in time']
    for output in outputs:
        assert output.stages == ()
        assert output.fused is output.derained is output.visible
        assert (output.visible == 90).all()
    assert outputs[1].thermal_registered.shape == (16, 24)
    assert outputs[1].skew_ns == 0
    assert (engine.calls, engine.warmed) == ([], [])
    assert pipeline.statistics.outputs == 3


def test_a_failed_engine_is_due_again_when_its_images_are_wanted_again(engine, messages) -> None:
    engine.failures = {0}
    config = Config(modes=ModesConfig(engine_failures=1, engine_retry=2))
    pipeline = Pipeline(config, engine)
    offer_pairs(pipeline, messages, [33 * number for number in range(9)])
    wanted = [True, False, False, False, False, True, True, False, True]
    outputs = [
        pipeline.process(frame_set, restore=restore)
        for frame_set, restore in zip(pipeline.ready(), wanted, strict=True)
    ]
    passed, full = Mode.PASS_THROUGH, Mode.FULL
    assert [output.mode for output in outputs] == [passed] * 3 + [full] * 6
    assert len(engine.calls) == 4
    assert outputs[5].stages == ('clean', 'fuse')


def test_skipped_frames_are_counted_with_their_reason(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    offer_pairs(pipeline, messages, [0, 33, 66])
    pipeline.finish()
    for frame_set, reason in zip(pipeline.ready(), [OVERTAKEN, STALE, UNWANTED], strict=True):
        pipeline.skip(frame_set, reason)
    for sensor in Sensor:
        assert pipeline.statistics.drops_of(sensor) == {'overtaken': 1, 'stale': 1, 'unwanted': 1}
        assert balance(pipeline, sensor) == 0
    assert pipeline.statistics.outputs == 0
    pipeline.discard(VISIBLE, OVERTAKEN, 3)
    assert pipeline.statistics.drops[VISIBLE, OVERTAKEN] == 4
    assert pipeline.statistics.received[VISIBLE] == 6


@pytest.mark.parametrize('served', [(0,), (2,), (0, 1, 2), ()])
def test_a_thermal_frame_of_several_sets_is_dropped_only_if_none_was_processed(
    engine, messages, served
) -> None:
    pipeline = Pipeline(Config(), engine)
    offer(pipeline, messages, THERMAL, 0)
    for stamp in (1, 34, 67):
        offer(pipeline, messages, VISIBLE, stamp)
    pipeline.advance((START_MS + 90) * MS)
    first, *others = pipeline.ready()
    assert [frame_set.thermal for frame_set in others] == [first.thermal] * 2
    for number, frame_set in enumerate((first, *others)):
        if number in served:
            pipeline.process(frame_set)
        else:
            pipeline.skip(frame_set, STALE)
    # It may serve still more, as long as it is held.
    assert balance(pipeline, THERMAL) == (0 if served else 1)
    pipeline.finish()
    assert pipeline.statistics.served[THERMAL] == bool(served)
    assert pipeline.statistics.drops[THERMAL, STALE] == (not served)
    assert balance(pipeline, THERMAL) == 0


def test_a_thermal_frame_whose_visible_one_is_no_picture_has_no_partner(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    offer(pipeline, messages, THERMAL, 0)
    depth = messages.image(START_MS + 1, '32FC1', np.ones((16, 24), np.float32), 'x')
    pipeline.offer(VISIBLE, depth, (START_MS + 1) * MS)
    pipeline.finish()
    assert [pipeline.process(frame_set) for frame_set in pipeline.ready()] == [None]
    assert pipeline.statistics.drops_of(THERMAL) == {'no_partner': 1}


def test_a_paired_thermal_frame_that_no_calibration_brings_into_view_is_dropped(
    engine, messages
) -> None:
    pipeline = Pipeline(load_config(None, {'geometry.registration': 'extrinsics'}), engine)
    offer_pairs(pipeline, messages, [0, 33])
    pipeline.finish()
    outputs = [pipeline.process(frame_set) for frame_set in pipeline.ready()]
    assert {output.mode for output in outputs} == {Mode.VISIBLE_ONLY}
    assert pipeline.statistics.drops_of(THERMAL) == {'unregistered': 2}
    assert balance(pipeline, THERMAL) == 0


# Camera, time since the event before, and by how much its stamp is off, milliseconds.
_EVENTS = st.tuples(
    st.sampled_from([VISIBLE, THERMAL]),
    st.integers(0, 60),
    st.sampled_from([0, 0, 0, 0, -30, -1700]),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), use_once=st.booleans(), registered=st.booleans())
def test_every_frame_of_both_cameras_is_served_dropped_or_held(
    messages, data, use_once, registered
) -> None:
    config = load_config(
        None,
        {
            'pairing.use_once': use_once,
            'pairing.queue_size': 4,
            'geometry.registration': 'aligned' if registered else 'extrinsics',
        },
    )
    pipeline = Pipeline(config, PassthroughEngine())
    events = data.draw(st.lists(_EVENTS, max_size=50))
    waiting, used = [], []

    def close_ready() -> None:
        for frame_set in pipeline.ready():
            choice = data.draw(st.sampled_from(['process', 'rest', 'skip', 'later']))
            if choice == 'later':
                waiting.append(frame_set)
            elif choice == 'skip':
                pipeline.skip(frame_set, OVERTAKEN)
            else:
                output = pipeline.process(frame_set, restore=choice == 'process')
                if output is not None and output.thermal_registered is not None:
                    used.append(frame_set.thermal)

    now_ms = 0
    for number, (sensor, step_ms, off_ms) in enumerate(events):
        now_ms += step_ms
        if sensor is VISIBLE and number % 7 == 3:
            depth = np.ones((16, 24), np.float32)
            message = messages.image(START_MS + now_ms, '32FC1', depth, 'x')
            pipeline.offer(sensor, message, (START_MS + now_ms) * MS)
        else:
            offer(pipeline, messages, sensor, now_ms + off_ms, now_ms, 90 + number % 2)
        close_ready()
        assert min(balance(pipeline, VISIBLE), balance(pipeline, THERMAL)) >= 0
    pipeline.finish()
    close_ready()
    for frame_set in waiting:
        pipeline.skip(frame_set, STALE)
    assert [balance(pipeline, sensor) for sensor in Sensor] == [0, 0]
    assert pipeline.statistics.served[THERMAL] == len(set(used))
    received = [sum(event[0] is sensor for event in events) for sensor in Sensor]
    assert [pipeline.statistics.received[sensor] for sensor in Sensor] == received


def test_a_clock_of_the_callers_is_used_and_its_95th_percentile_told(engine, messages) -> None:
    clock = StageClock(recent=2)
    pipeline = Pipeline(Config(), engine, clock)
    offer_pairs(pipeline, messages, [0, 33, 66, 99])
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    assert pipeline.clock is clock
    assert clock.series['infer'].count == 4
    assert len(clock.series['infer'].milliseconds()) == 2
    values = pipeline_status(pipeline).values
    assert float(values['latency/infer_p95_ms']) == pytest.approx(1.0)


def test_frames_that_nobody_wants_are_no_fault(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    offer_pairs(pipeline, messages, [0, 33])
    waiting = list(pipeline.ready())
    assert pipeline_status(pipeline).level == ERROR
    for frame_set in waiting:
        pipeline.skip(frame_set, UNWANTED)
    status = pipeline_status(pipeline)
    assert (status.level, status.message) == (OK, 'idle: nobody subscribes to any output')


def test_the_summary_warns_of_a_degraded_mode(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    offer_pairs(pipeline, messages, [0])
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    assert (pipeline_status(pipeline).level, pipeline_status(pipeline).message) == (OK, 'running')
    for stamp in (600, 633):
        offer(pipeline, messages, VISIBLE, stamp)
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    status = pipeline_status(pipeline)
    assert status.level == WARN
    assert status.message == 'visible_only: no thermal frame in time'
    assert status.values['mode'] == 'visible_only'


def test_no_degraded_mode_is_told_of_an_engine_that_is_to_pass_images_through(messages) -> None:
    pipeline = Pipeline(Config(), PassthroughEngine())
    offer_pairs(pipeline, messages, [0])
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    status = pipeline_status(pipeline)
    assert (status.level, status.values['mode']) == (OK, 'pass_through')


def test_the_engine_can_be_made_ready_before_the_first_image(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    pipeline.warm_up(16, 24)
    assert engine.warmed == [(16, 24)]
    offer_pairs(pipeline, messages, [0])
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    assert engine.warmed == [(16, 24)]
