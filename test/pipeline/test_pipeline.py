"""The pipeline as live node and replay use it: messages in, outputs out, nothing unaccounted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nitedr_ros.config.schema import Config, ModesConfig
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import frame_status, pipeline_status
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.status import ERROR, OK, WARN

MS = 1_000_000
START_MS = 1_700_000_000_000


def drive(pipeline, messages, *, visible, thermal, delay_ms=5) -> list[Output]:
    """Offer frames of these stamps (ms after the start) in arrival order; return the outputs."""
    events = [(stamp, Sensor.VISIBLE) for stamp in visible]
    events += [(stamp, Sensor.THERMAL) for stamp in thermal]
    outputs = []
    pictures = 0
    for stamp, sensor in sorted(events):
        if sensor is Sensor.VISIBLE:
            message = messages.visible(START_MS + stamp)
        else:
            # No two pictures of a camera that works are the same.
            message = messages.thermal(START_MS + stamp, 90 + pictures % 2)
            pictures += 1
        pipeline.offer(sensor, message, (START_MS + stamp + delay_ms) * MS)
        outputs += [pipeline.process(s) for s in pipeline.ready()]
    pipeline.finish()
    outputs += [pipeline.process(s) for s in pipeline.ready()]
    return [output for output in outputs if output is not None]


def check_accounts(pipeline: Pipeline) -> None:
    statistics = pipeline.statistics
    with_visible = statistics.outputs - statistics.modes[Mode.THERMAL_ONLY]
    received = statistics.received[Sensor.VISIBLE]
    assert received == with_visible + statistics.dropped_total(Sensor.VISIBLE)


def test_a_pair_becomes_a_full_output(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    (output,) = drive(pipeline, messages, visible=[10], thermal=[2])
    assert output.mode is Mode.FULL
    assert (output.stamp_ns, output.frame_id) == ((START_MS + 10) * MS, 'visible_optical_frame')
    assert output.skew_ns == -8 * MS
    assert output.stages == ('clean', 'fuse')
    assert (output.fused == 52).all()
    assert (output.derained == 51).all()
    np.testing.assert_array_equal(output.thermal_registered, np.full((16, 24), 90))
    check_accounts(pipeline)


def test_the_engine_gets_rgb_and_registered_thermal_and_is_warm_before(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    drive(pipeline, messages, visible=[10, 43], thermal=[2])
    visible, thermal = engine.calls[0]
    assert visible.shape == (16, 24, 3)
    assert thermal.shape == (16, 24)
    assert engine.warmed == [(16, 24)]


def test_a_slow_thermal_camera_serves_several_visible_frames(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    visible = [5 + 33 * i for i in range(30)]
    outputs = drive(pipeline, messages, visible=visible, thermal=[111 * i for i in range(9)])
    assert len(outputs) == 30
    assert {output.mode for output in outputs} == {Mode.FULL}
    assert sum(output.reused for output in outputs) == 30 - 9
    assert all(abs(output.skew_ns) <= 150 * MS for output in outputs)


def test_without_thermal_the_derained_image_goes_out_as_fused_too(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    (output,) = drive(pipeline, messages, visible=[10], thermal=[])
    assert output.mode is Mode.VISIBLE_ONLY
    assert output.stages == ('clean',)
    assert (output.fused == 51).all()
    assert output.thermal_registered is None
    assert output.skew_ns is None
    assert not engine.calls[0][1].any()


def test_thermal_alone_keeps_the_size_and_frame_of_the_view(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    outputs = drive(pipeline, messages, visible=[0, 33], thermal=[111 * i for i in range(20)])
    last = outputs[-1]
    assert last.mode is Mode.THERMAL_ONLY
    assert last.frame_id == 'visible_optical_frame'
    assert last.fused.shape == (16, 24, 3)
    assert (last.fused == 91).all()
    assert last.derained is None
    check_accounts(pipeline)


def test_thermal_alone_before_any_visible_frame_is_in_its_own_view(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    outputs = drive(pipeline, messages, visible=[], thermal=[111 * i for i in range(20)])
    assert outputs
    assert outputs[-1].frame_id == 'thermal_optical_frame'
    assert outputs[-1].fused.shape == (8, 12, 3)


def test_a_failing_engine_lets_the_frame_through_and_is_counted(engine, messages) -> None:
    engine.failures = {1}
    pipeline = Pipeline(Config(), engine)
    outputs = drive(pipeline, messages, visible=[0, 33, 66], thermal=[0, 33, 66])
    assert [output.mode for output in outputs] == [Mode.FULL, Mode.PASS_THROUGH, Mode.FULL]
    assert (outputs[1].fused == 50).all()
    assert 'scripted failure' in outputs[1].reason
    assert pipeline.statistics.engine_failures == 1
    assert pipeline.last_failure == 'scripted failure'


def test_an_engine_that_keeps_failing_is_left_alone(engine, messages) -> None:
    engine.failures = set(range(100))
    config = Config(modes=ModesConfig(engine_failures=2, engine_retry=10))
    pipeline = Pipeline(config, engine)
    stamps = [33 * i for i in range(20)]
    outputs = drive(pipeline, messages, visible=stamps, thermal=stamps)
    assert {output.mode for output in outputs} == {Mode.PASS_THROUGH}
    assert len(engine.calls) == 3


def test_the_passthrough_engine_is_never_called_full(messages) -> None:
    pipeline = Pipeline(Config(), PassthroughEngine())
    (output,) = drive(pipeline, messages, visible=[10], thermal=[2])
    assert output.mode is Mode.PASS_THROUGH
    assert output.reason == 'pass-through engine'
    assert (output.fused == 50).all()


def test_messages_without_an_image_are_counted_and_nothing_else_is_lost(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    broken = messages.visible(START_MS)
    broken.step = 5
    pipeline.offer(Sensor.VISIBLE, broken, START_MS * MS)
    odd = messages.thermal(START_MS)
    odd.encoding = 'purple'
    pipeline.offer(Sensor.THERMAL, odd, START_MS * MS)
    outputs = drive(pipeline, messages, visible=[10], thermal=[2])
    assert len(outputs) == 1
    assert pipeline.statistics.drops_of(Sensor.VISIBLE) == {'undecodable': 1}
    assert pipeline.statistics.drops_of(Sensor.THERMAL) == {'undecodable': 1}
    visible, thermal = pipeline.rejections
    assert visible.startswith('1 of 2 visible images could not be understood, the last: ')
    assert thermal.startswith('1 of 2 thermal images')
    assert 'purple' in thermal
    check_accounts(pipeline)


def test_an_encoding_without_colours_is_dropped_when_its_turn_comes(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    depth = messages.image(START_MS + 1, '32FC1', np.ones((16, 24), np.float32), 'x')
    pipeline.offer(Sensor.VISIBLE, depth, (START_MS + 1) * MS)
    assert drive(pipeline, messages, visible=[40], thermal=[40])[0].mode is Mode.FULL
    assert pipeline.statistics.drops_of(Sensor.VISIBLE) == {'undecodable': 1}
    check_accounts(pipeline)


def test_a_size_that_changes_midway_is_counted_and_the_engine_warmed_for_it(
    engine, messages
) -> None:
    pipeline = Pipeline(Config(), engine)
    for index, size in enumerate([(16, 24), (16, 24), (32, 40), (16, 24)]):
        stamp = START_MS + 33 * index
        pipeline.offer(Sensor.THERMAL, messages.thermal(stamp), stamp * MS)
        pipeline.offer(Sensor.VISIBLE, messages.visible(stamp, size=size), stamp * MS)
    outputs = [pipeline.process(frame_set) for frame_set in pipeline.ready()]
    assert [output.fused.shape[:2] for output in outputs] == [
        (16, 24),
        (16, 24),
        (32, 40),
        (16, 24),
    ]
    assert [output.thermal_registered.shape for output in outputs] == [
        (16, 24),
        (16, 24),
        (32, 40),
        (16, 24),
    ]
    assert pipeline.statistics.size_changes == 2
    assert engine.warmed == [(16, 24), (32, 40), (16, 24)]


def test_status_tells_a_detector_what_it_must_know(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    first, second = drive(pipeline, messages, visible=[10, 11], thermal=[2])
    status = frame_status(first, pipeline.statistics)
    assert status.level == OK
    assert status.values['mode'] == 'full'
    assert status.values['skew_ms'] == '-8.000'
    assert status.values['stages'] == 'clean,fuse'
    assert frame_status(second, pipeline.statistics).values['thermal_reused'] == 'true'


def test_status_of_a_degraded_frame_warns_and_says_why(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    (output,) = drive(pipeline, messages, visible=[10], thermal=[])
    status = frame_status(output, pipeline.statistics)
    assert status.level == WARN
    assert status.message == 'no thermal frame in time'
    assert status.values['skew_ms'] == 'none'


def test_summary_counts_drops_by_camera_and_reason(engine, messages) -> None:
    pipeline = Pipeline(Config(), engine)
    assert pipeline_status(pipeline).level == OK
    broken = messages.visible(START_MS)
    broken.step = 5
    pipeline.offer(Sensor.VISIBLE, broken, START_MS * MS)
    blocked = pipeline_status(pipeline)
    assert blocked.level == ERROR
    drive(pipeline, messages, visible=[10, 10, 43], thermal=[2])
    summary = pipeline_status(pipeline)
    assert summary.level == WARN
    assert summary.values['drops/visible/duplicate_stamp'] == '1'
    assert summary.values['drops/visible/undecodable'] == '1'
    assert summary.values['outputs'] == '2'
    assert float(summary.values['latency/infer_p50_ms']) == pytest.approx(1.0)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    visible=st.lists(st.integers(-500, 3000), max_size=40),
    thermal=st.lists(st.integers(-500, 3000), max_size=40),
    use_once=st.booleans(),
)
def test_every_visible_frame_is_accounted_for(messages, visible, thermal, use_once) -> None:
    config = Config.model_validate({'pairing': {'use_once': use_once}})
    pipeline = Pipeline(config, PassthroughEngine())
    for index in range(max(len(visible), len(thermal))):
        arrival_ns = (START_MS + 20 * index) * MS
        if index < len(thermal):
            message = messages.thermal(START_MS + thermal[index])
            pipeline.offer(Sensor.THERMAL, message, arrival_ns)
        if index < len(visible):
            message = messages.visible(START_MS + visible[index])
            pipeline.offer(Sensor.VISIBLE, message, arrival_ns)
        for frame_set in pipeline.ready():
            pipeline.process(frame_set)
    pipeline.finish()
    for frame_set in pipeline.ready():
        pipeline.process(frame_set)
    assert pipeline.statistics.received[Sensor.VISIBLE] == len(visible)
    check_accounts(pipeline)
