"""An engine that is being prepared lets frames through; that is no failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from nitedr_ros.config.schema import Config, ModesConfig
from nitedr_ros.engines.background import BackgroundEngine
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.errors import EngineError
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.frame_status import pipeline_status
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.pipeline.status import WARN

MS = 1_000_000
START_MS = 1_700_000_000_000
TIMEOUT_S = 60.0
VISIBLE_LEVEL = 50


class Building(Engine):
    """Takes as long to be prepared as a test wants; derained = visible + 1."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.error = ''

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('building', 'fp16', '', '', '', '')

    def warm_up(self, height: int, width: int) -> None:
        assert self.gate.wait(TIMEOUT_S)
        if self.error:
            raise EngineError(self.error)

    def infer(self, visible: Image, thermal: Image) -> Inference:
        return Inference(visible + 2, visible + 1, 0.001)


@pytest.fixture
def building() -> Iterator[Building]:
    made = Building()
    yield made
    made.gate.set()


class Camera:
    """Offers one pair after the other to a pipeline."""

    def __init__(self, pipeline: Pipeline, messages) -> None:
        self.pipeline, self.messages, self.count = pipeline, messages, 0

    def pair(self) -> Output:
        stamp = START_MS + 33 * self.count
        self.count += 1
        for sensor in (Sensor.THERMAL, Sensor.VISIBLE):
            # No two pictures of a camera that works are the same.
            level = VISIBLE_LEVEL if sensor is Sensor.VISIBLE else 90 + self.count % 2
            message = getattr(self.messages, sensor.value)(stamp, level)
            self.pipeline.offer(sensor, message, (stamp + 5) * MS)
        (output,) = [self.pipeline.process(ready) for ready in self.pipeline.ready()]
        assert output is not None
        return output


def prepared(engine: BackgroundEngine, building: Building) -> None:
    building.gate.set()
    assert engine._preparing is not None
    engine._preparing.join(TIMEOUT_S)
    assert not engine._preparing.is_alive()


def test_frames_pass_through_until_it_is_ready(building: Building, messages) -> None:
    engine = BackgroundEngine(building)
    # One failure would be enough to leave the engine alone for long.
    config = Config(modes=ModesConfig(engine_failures=1, engine_retry=1000))
    pipeline = Pipeline(config, engine)
    camera = Camera(pipeline, messages)
    for number in range(5):
        output = camera.pair()
        assert output.mode is Mode.PASS_THROUGH
        told = 'has been preparing for' if number else 'prepares for 24x16'
        assert told in output.reason
        np.testing.assert_array_equal(output.fused, np.full((16, 24, 3), VISIBLE_LEVEL))
        assert output.stages == ()
    assert pipeline.statistics.engine_failures == 0
    status = pipeline_status(pipeline)
    assert (status.level, status.message) == (WARN, f'pass_through: {output.reason}')
    prepared(engine, building)
    output = camera.pair()
    assert (output.mode, output.stages) == (Mode.FULL, ('clean', 'fuse'))
    assert (output.derained == VISIBLE_LEVEL + 1).all()
    assert pipeline.statistics.modes[Mode.PASS_THROUGH] == 5


def test_what_can_not_be_prepared_is_a_failure(building: Building, messages) -> None:
    engine = BackgroundEngine(building)
    pipeline = Pipeline(Config(), engine)
    camera = Camera(pipeline, messages)
    building.error = 'no plan for 24x16'
    assert camera.pair().mode is Mode.PASS_THROUGH
    assert pipeline.statistics.engine_failures == 0
    prepared(engine, building)
    output = camera.pair()
    assert (output.mode, output.reason) == (
        Mode.PASS_THROUGH,
        'engine failed: no plan for 24x16',
    )
    assert pipeline.statistics.engine_failures == 1
    assert pipeline.last_failure == 'no plan for 24x16'
